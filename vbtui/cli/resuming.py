"""Going on where an earlier walk was left: what the command line asks of it.

In: what is remembered in vbtui's folder. Out: a `Place`, or None. Never here: keeping a place (the app does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbtui.cli.session import Session
    from vbtui.topology import LoadedTopology
    from vbtui.ui.remembered import Place
    from vbtui.vocabulary import Profile


def knows_walks(session: Session) -> bool:
    """There is a walk that a person could go on with."""
    from vbtui.ui.remembered import Memory

    memory = Memory.of(session.environment)
    return memory is not None and bool(memory.recall().places)


def place_left(session: Session, loaded: LoadedTopology, job: str, profile: Profile) -> Place | None:
    """Where the same walk was left; None if it was never begun, or walked to its end."""
    from vbtui.ui.remembered import Memory, source_of

    memory = Memory.of(session.environment)
    if memory is None:
        return None
    place = memory.recall().of(source_of(loaded), job)
    return place if place is not None and place.profile is profile and not place.is_over else None
