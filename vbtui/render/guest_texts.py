"""What the ledger of a guest's application says of a disk, as sentences and as a document.

In: the state that the engine found, by its attributes, since the views do not know the engine; the names of the
machine's disks. Out: lines, the verdict first, then what it rests on, and what to do about it. Never here: reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable

VERDICTS: Final[Mapping[str, str]] = {
    "application": N_("application-consistent: the application was at rest, everything is in place"),
    "crash": N_("crash-consistent: as after a power failure, the application has to recover when it starts"),
    "none": N_("no ledger of an application on it"),
    "broken": N_("broken: at no moment did the application look like this"),
}
"""By `engine.guest.ledger.Consistency`."""

MOST_PAGES: Final = 10
"""Pages that are named one by one."""


class FoundPage(Protocol):
    """`engine.guest.ledger.UnexplainedPage`."""

    @property
    def disk(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def transaction(self) -> int: ...


class FoundState(Protocol):
    """`engine.guest.ledger.GuestState`."""

    @property
    def consistency(self) -> str: ...
    @property
    def committed(self) -> int: ...
    @property
    def to_replay(self) -> int: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def missing(self) -> tuple[int, ...]: ...
    @property
    def unexplained(self) -> Sequence[FoundPage]: ...
    @property
    def apart(self) -> tuple[int, ...]: ...


def guest_lines(say: Translator, state: FoundState, disks: Sequence[str] = ()) -> Iterator[str]:
    """`disks`: names of the machine's disks by their numbers; a disk without a name goes by its number from 1 on."""
    yield say(VERDICTS[state.consistency])
    if state.consistency == "none":
        return
    text = say.plural("{count} transaction committed", "{count} transactions committed", state.committed)
    yield text.format(count=say.number(state.committed))
    if state.consistency == "crash":
        text = say.plural(
            "{count} of them is written again from the ledger",
            "{count} of them are written again from the ledger",
            state.to_replay,
        )
        yield text.format(count=say.number(state.to_replay))
        text = say.plural(
            "{count} transaction had not committed and is rolled back",
            "{count} transactions had not committed and are rolled back",
            state.in_flight,
        )
        yield text.format(count=say.number(state.in_flight))
    for number in state.missing:
        yield say(N_("{disk}: no ledger of it was looked at")).format(disk=_name(say, disks, number))
    for number in state.apart:
        text = say(N_("{disk}: older than another disk of the machine knows it to be"))
        yield text.format(disk=_name(say, disks, number))
    for page in state.unexplained[:MOST_PAGES]:
        place = {"disk": _name(say, disks, page.disk), "offset": say.number(page.offset)}
        if page.transaction:
            text = say(N_("{disk}, byte {offset}: not what transaction {number} wrote"))
            yield text.format(**place, number=say.number(page.transaction))
        else:
            yield say(N_("{disk}, byte {offset}: this page of the ledger is damaged")).format(**place)
    more = len(state.unexplained) - MOST_PAGES
    if more > 0:
        text = say.plural("and {count} page more", "and {count} pages more", more)
        yield text.format(count=say.number(more))


def _name(say: Translator, disks: Sequence[str], number: int) -> str:
    if number < len(disks):
        return printable(disks[number])
    return say(N_("disk {number}")).format(number=say.number(number + 1))


def guest_document(state: FoundState, disks: Sequence[str] = ()) -> dict[str, Any]:
    """The same for a program; disks by name where it is known."""

    def name(number: int) -> str | int:
        return disks[number] if number < len(disks) else number

    return {
        "consistency": str(state.consistency),
        "committed": state.committed,
        "to_replay": state.to_replay,
        "in_flight": state.in_flight,
        "missing": [name(number) for number in state.missing],
        "apart": [name(number) for number in state.apart],
        "unexplained": [
            {"disk": name(page.disk), "offset": page.offset, "transaction": page.transaction}
            for page in state.unexplained
        ],
    }
