"""Telling the speaker notes where a presentation is.

Decided here: when something is said (once for each place, not for each picture of an animation), and what. In: moments
of the walk, rows of two runs that are compared. Out: messages of the channel. Never here: what the notes say
(`render.notes_texts`), how they get there (`channel`), keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.topology import Topology
from vbtui.trace import Event, Trace
from vbtui.ui.moment import Moment
from vbtui.ui.notes.channel import ChannelError, Publisher, Trouble

if TYPE_CHECKING:  # needed once somebody presents, and the first picture does not wait for them
    from vbtui.lessons import Question
    from vbtui.render.notes_texts import Part, Prediction
    from vbtui.ui.halves import Halves
    from vbtui.ui.notes.presented import Presented

Asked = Callable[[], "tuple[Question, ...]"]
"""The questions of the walk that is presented; found only when somebody presents."""

TURN: Final = 2.0
"""Seconds between two looks whether a channel that was not to be had can be had now."""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of two runs side by side, as it is shown."""

    topology: Topology
    halves: Halves
    row: int
    side: str | None
    """The run that is listed, `a` or `b`, where there is no room for both."""
    language: str
    edited: bool
    """The firewall rules are not those of the file."""


class Presenting:
    """Of one app. Nothing is said and no thread runs before `begin`."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is that of the channel; None: there is none, and nothing is ever said."""
        self._folder = folder
        self._publisher: Publisher | None = None
        self.trouble: Trouble | None = None
        """Why nobody can follow, though somebody presents, as long as that may change."""
        self._said: object = None
        self._newest: Callable[[], Presented] | None = None
        """Makes what would be said, while nobody can follow."""

    @property
    def is_on(self) -> bool:
        return self._publisher is not None

    @property
    def compares(self) -> bool:
        """What was said last is a row of two runs."""
        return isinstance(self._said, ComparedRow)

    @property
    def is_possible(self) -> bool:
        """There is a channel."""
        return self._folder is not None

    def begin(self) -> None:
        """Let notes follow from now on. Raises ChannelError; then `try_again` may do it later."""
        if self._publisher is not None or self._folder is None:
            return
        try:
            self._publisher = Publisher(self._folder)
        except ChannelError as error:
            self.trouble = None if error.trouble is Trouble.UNSUPPORTED else error.trouble
            raise
        newest, self.trouble, self._newest = self._newest, None, None
        if newest is not None:
            self._publish(self._publisher, newest())

    def try_again(self) -> bool:
        """Let notes follow if what was in the way is gone, such as another presentation. True if they can follow."""
        if self.trouble is not None:
            with suppress(ChannelError):
                self.begin()
        return self.is_on

    def show(self, moment: Moment, asked: Asked = tuple, cover: str = "") -> None:
        """Say where the walk is, and which screen is shown over it if there is one, unless that has been said. What a
        comparison shows it says itself, and nothing of the walk behind it may get in between."""
        if not self.is_wanted:
            return
        from vbtui.render.notes_texts import COMPARISON

        if cover == COMPARISON:
            return
        event, figures = moment.event, moment.totals.get(moment.event.task or "")
        about = (moment.trace, event.position, moment.say.language, moment.edited, moment.is_live, figures, cover)
        self._say(about, lambda: replace(presented(moment, asked()), cover=cover))

    def compare(self, row: ComparedRow) -> None:
        """Say which row of two runs is shown, unless that has been said."""
        if self.is_wanted:
            self._say(row, lambda: compared(row))

    @property
    def is_wanted(self) -> bool:
        """Somebody follows, or may soon."""
        return self._publisher is not None or self.trouble is not None

    def _say(self, about: object, made: Callable[[], Presented]) -> None:
        """Say something else than before; while nobody can follow it is only kept."""
        if about == self._said:
            return
        self._said = about
        if self._publisher is None:
            self._newest = made
        else:
            self._publish(self._publisher, made())

    def _publish(self, publisher: Publisher, what: Presented) -> None:
        from vbtui.ui.notes.presented import to_line

        publisher.publish(to_line(what))

    def close(self) -> None:
        """End what goes on."""
        self.trouble = self._newest = None
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None


def presented(moment: Moment, questions: Iterable[Question] = ()) -> Presented:
    """What is said at a moment: its place, and the notes in every language."""
    from vbtui.render.notes_texts import notes

    event = moment.event
    due = next((one for one in questions if one.position == event.position + 1), None)
    told = {}
    for language in LANGUAGES:
        messages = Messages(translator(language), moment.messages.topology, moment.messages.profile)
        there = replace(moment, messages=messages)
        told[language] = notes(
            messages, moment.trace, event.position, now=there.story(event), prediction=_prediction(messages, due)
        )
    return _message(moment.trace, event, moment.say.language, told, edited=moment.edited, live=moment.is_live)


def _prediction(messages: Messages, question: Question | None) -> Prediction | None:
    """A question in words, with the right answer and why it is right."""
    if question is None:
        return None
    from vbtui.render.notes_texts import Prediction
    from vbtui.render.question_texts import asked, choices, explained

    right = explained(messages, question, question.answer)
    return Prediction(asked(messages, question), choices(messages, question), f"{right.text}: {right.why}")


def compared(shown: ComparedRow) -> Presented:
    """What is said of a row of two runs side by side."""
    from vbtui.render.notes_texts import COMPARISON, comparison_notes

    found, changes = shown.halves.comparison, shown.halves.fork.changes
    told = {}
    for language in LANGUAGES:
        messages = Messages(translator(language), shown.topology, found.a.profile)
        told[language] = comparison_notes(messages, found, changes, shown.row, shown.side)
    said = _message(found.b, found.rows[shown.row].event, shown.language, told, edited=shown.edited)
    return replace(said, number=shown.row + 1, count=len(found.rows), cover=COMPARISON)


def presented_at(topology: Topology, trace: Trace, position: int, language: str) -> Presented:
    """The same of a walk that nobody presents yet."""
    from vbtui.render.notes_texts import notes

    told = {one: notes(Messages(translator(one), topology, trace.profile), trace, position) for one in LANGUAGES}
    return _message(trace, trace[position], language, told)


def _message(
    trace: Trace,
    event: Event,
    language: str,
    told: Mapping[str, tuple[Part, ...]],
    *,
    edited: bool = False,
    live: bool = False,
) -> Presented:
    from vbtui.ui.notes.presented import Presented

    return Presented(
        trace.topology, trace.job, event.id, str(event.step), event.position + 1, len(trace), language, told,
        tuple(str(change) for change in trace.changes), edited, live,
    )  # fmt: skip
