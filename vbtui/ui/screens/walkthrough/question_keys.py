"""Predict first: the switch for questions, and the walk that waits for an answer before it shows an event.

Decided here: which movements ask (forward keys and playing; never a jump, a step back or a live run), where the walk
rests meanwhile, and when the summary comes. Which event has a question is decided in `lessons`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.i18n import N_
from vbtui.ui.moment import NoticeKind, told
from vbtui.ui.screens.walkthrough.inspect_keys import InspectKeys
from vbtui.ui.screens.walkthrough.walk_keys import WalkKeys
from vbtui.walk import Playhead, Walk

if TYPE_CHECKING:  # needed when somebody wants to be asked, and the first picture does not wait for them
    from vbtui.lessons import Predictions, Question
    from vbtui.render.told import Link
    from vbtui.ui.screens.inspection import Left, Sheet
    from vbtui.ui.screens.prediction import Prediction


class QuestionKeys(InspectKeys, WalkKeys):
    """What asks before it shows."""

    predictions: Predictions | None = None
    """Of this session; None before somebody has wanted to be asked."""
    _known: tuple[Question, ...] | None = None
    _ahead = False
    """A key that goes forward is at work."""
    _summed = False

    @property
    def asking(self) -> Predictions | None:
        """The predictions while questions are on."""
        return self.predictions if self.predictions is not None and self.predictions.on else None

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those of the run; found when somebody wants to be asked."""
        if self._known is None:
            from vbtui.lessons import questions

            self._known = questions(self._loaded.topology, self.walk.trace)
        return self._known

    # ---- keys -------------------------------------------------------------------------------------------------------

    def action_predict(self) -> None:
        from vbtui.lessons import Predictions

        self.predictions = (self.predictions or Predictions()).toggled()
        on = N_("Questions on: before some events you are asked what comes next.")
        self.tell_notice(told(NoticeKind.DONE, on if self.predictions.on else N_("Questions off.")))

    def action_next_event(self) -> None:
        with self._going():
            super().action_next_event()

    def action_next_step(self) -> None:
        with self._going():
            super().action_next_step()

    def action_play(self) -> None:
        with self._going():
            super().action_play()

    @contextmanager
    def _going(self) -> Iterator[None]:
        self._ahead = True
        try:
            yield
        finally:
            self._ahead = False

    @property
    def veil(self) -> int | None:
        asking = self.asking
        if asking is None or self.walk.live is not None:
            return None
        due = asking.due(self.questions, self.walk.index, len(self.walk.trace))
        return None if due is None else due.position

    # ---- the walk ---------------------------------------------------------------------------------------------------

    def admitted(self, walk: Walk, *, steered: bool) -> Walk:
        """The walk as far as it may be shown: where a question is due on the way, up to the event before it."""
        asking = self.asking
        if asking is None or walk.live is not None:
            return walk
        forward = self._ahead or (not steered and self.walk.playing)
        due = asking.due(self.questions, self.walk.index, walk.index) if forward else None
        if due is None:
            if walk.at_end and not self.walk.at_end and not self._summed:
                self._summed = True
                self.call_after_refresh(self._sum_up)
            return walk
        self._ask(asking, due, playing=walk.playing)
        return replace(walk, playhead=Playhead(due.position - 1), playing=False)

    def _ask(self, asking: Predictions, question: Question, *, playing: bool) -> None:
        from vbtui.ui.screens.prediction import PredictionScreen

        place = self.questions.index(question) + 1
        screen = PredictionScreen(self._messages, question, self.looks.symbols, place=place, all=len(self.questions))

        def answered(prediction: Prediction | None) -> None:
            choice = None if prediction is None else prediction.choice
            self.predictions = asking.with_answer(question, choice)
            entered = Playhead(question.position, 0.0 if self.walk.animated else 1.0)
            self.go(replace(self.walk, playhead=entered, playing=playing))

        self.app.push_screen(screen, answered)

    # ---- at the end -------------------------------------------------------------------------------------------------

    def _sum_up(self) -> None:
        """What came of the predictions, with ways to what is worth another look."""
        if self.predictions is None or not self.predictions.summary(self.questions).asked:
            return
        from vbtui.render.told import Link, LinkKind
        from vbtui.ui.screens.inspection import Exit, InspectionScreen

        def left(how: Left | None) -> None:
            if how is not None and how.exit is Exit.GO and how.at.kind is not LinkKind.RUN:
                self.go_to_link(how.at)

        self.app.push_screen(InspectionScreen(self._messages.translator, self, Link(LinkKind.RUN, "")), left)

    def told(self, link: Link) -> Sheet:
        from vbtui.render.question_texts import summary_section
        from vbtui.render.told import LinkKind
        from vbtui.ui.screens.inspection import Sheet

        if link.kind is not LinkKind.RUN or self.predictions is None:
            return super().told(link)
        section = summary_section(self._messages, self.predictions.summary(self.questions), self.questions)
        return Sheet(self._messages.translator(N_("Your predictions")), (section,))
