"""`present`: a walk for an audience, and its speaker notes in a second terminal.

Decided here: what needs a terminal, and what notes are shown before anybody presents. The notes follow whatever is
presented by the same user; a topology only says what is shown until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vbtui.cli.app import ended, open_app
from vbtui.cli.exits import Exit
from vbtui.cli.looks import LooksWanted, appearance, complain_of_settings, looks_options
from vbtui.cli.options import (
    DEFAULT_TOPOLOGY,
    chosen_job,
    chosen_profile,
    job_option,
    language_option,
    load_topology,
    profile_option,
)
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.topology import LoadedTopology
    from vbtui.ui.notes.channel import Stop, Waiting
    from vbtui.ui.notes.presented import Presented


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Present a walk, with speaker notes in a second terminal."),
    help=N_(
        "Present a job of a topology: large, without small print, with the keys of a clicker. With --notes the speaker "
        "notes, in a second terminal of the same user: what to say about the event that is shown, what is likely to be "
        "asked, what comes next. They follow the presentation; either may begin."
    ),
)
@click.argument("topology", required=False)
@job_option
@profile_option
@click.option("--incremental", is_flag=True, help=N_("Present the job as it is when every VM has a restore point."))
@click.option("--notes", is_flag=True, help=N_("Show the speaker notes of what is presented in another terminal."))
@click.option("--plain", is_flag=True, help=N_("With --notes: print the notes as lines, for every new event."))
@looks_options
@language_option
def present(
    topology: str | None,
    job_name: str | None,
    profile: str | None,
    incremental: bool,
    notes: bool,
    plain: bool,
    wanted: LooksWanted,
) -> int:
    session = current()
    if plain and not notes:
        raise InputError(N_("--plain goes with --notes; 'vbtui play --plain' tells a walk as text"))
    if notes:
        if incremental:
            raise InputError(N_("--incremental and --notes do not go together: the notes follow what is presented"))
        first = None if topology is None else _first(session, topology, job_name, profile)
        if plain or not session.interactive:
            complain_of_settings(session)
            return _print_notes(session, first)
        return _show_notes(session, first, wanted)
    if not session.interactive:
        raise InputError(N_("a presentation needs a terminal; 'vbtui play --plain' tells a walk as text"))
    from vbtui.ui import Opening
    from vbtui.workflow import History

    loaded = load_topology(DEFAULT_TOPOLOGY if topology is None else topology)
    job = chosen_job(loaded.topology, job_name)
    history = History.of_every_vm(loaded.topology) if incremental else None
    opening = Opening(
        loaded, job.name, profile=chosen_profile(profile, loaded.topology), language=session.language,
        history=history, present=True,
    )  # fmt: skip
    return open_app(session, opening, wanted, large=True)


def _first(session: Session, topology: str, job_name: str | None, profile: str | None) -> Presented:
    """The notes to the first event of a walk, for as long as nobody presents."""
    from vbtui.cli.changes import simulated
    from vbtui.ui.notes.presenting import presented_at

    loaded: LoadedTopology = load_topology(topology)
    job, chosen = chosen_job(loaded.topology, job_name), chosen_profile(profile, loaded.topology)
    return presented_at(loaded.topology, simulated(loaded, job, chosen, ()), 0, session.language)


def _follow(session: Session, stop: Stop) -> Iterator[Presented | Waiting]:
    from vbtui.ui.notes.channel import channel_folder, follow
    from vbtui.ui.notes.presented import from_line

    return follow(channel_folder(session.environment), from_line, stop)


def _show_notes(session: Session, first: Presented | None, wanted: LooksWanted) -> int:
    """The notes as an app."""
    from vbtui.ui.notes.app import NotesApp

    how = appearance(session, wanted)
    app = NotesApp(
        lambda stop: _follow(session, stop), language=session.language, first=first, looks=how.looks,
        keymap=how.keymap, encoding=how.encoding,
    )  # fmt: skip
    return ended(session, app.performed)


def _print_notes(session: Session, first: Presented | None) -> int:
    """The notes as lines, until the reader or a person ends it."""
    from vbtui.render.channel_texts import channel_sentence, waiting_sentence
    from vbtui.render.notes_texts import cover_text, notes_lines
    from vbtui.ui.notes.channel import ChannelError, Stop, Waiting

    def told(one: Presented) -> list[str]:
        place = (one.number, one.count, one.step)
        return notes_lines(session.say, one.parts(session.language), *place, compared=one.compares)

    def news(one: Presented, before: Presented | None) -> list[str]:
        """The notes to another place; else which screen is shown, if that is another one."""
        if before is None or _place(one) != _place(before):
            lines, covered = told(one), ""
        else:
            lines, covered = [], before.cover
        if one.cover != covered and not one.compares:
            shown = cover_text(session.say, one.cover)
            lines.append(session.say(N_("The presentation shows {shown}.")).format(shown=shown))
        return lines

    if first is not None:
        session.write(told(first))
    said: Presented | None = None
    with Stop() as stop:
        try:
            for one in _follow(session, stop):
                if isinstance(one, Waiting):
                    session.complain(waiting_sentence(session.say, one))
                else:
                    session.write(news(one, said))
                    said = one
                if session.hushed:
                    return Exit.DONE
        except ChannelError as error:
            session.complain(channel_sentence(session.say, error.trouble, error.reason))
            return Exit.FAILED
    return Exit.DONE


def _place(one: Presented) -> tuple[object, ...]:
    """What tells it from another place."""
    from vbtui.render.notes_texts import PartKind

    listed = tuple(part for part in one.parts(one.language) if part.kind is PartKind.LISTED)
    return one.event, one.count, one.changes, one.compares, listed
