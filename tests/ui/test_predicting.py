"""Questions before events: when they come, what the keys do, and that nothing is told before it is asked."""

from __future__ import annotations

import pytest
from pictures import Stage, perform

from vbtui.lessons import Predictions
from vbtui.ui.screens.inspection import InspectionScreen
from vbtui.ui.screens.prediction import PredictionScreen
from vbtui.ui.screens.walkthrough import WalkthroughScreen


def predictions(stage: Stage) -> Predictions:
    """What has been predicted so far on the walkthrough."""
    assert stage.screen.predictions is not None
    return stage.screen.predictions


async def forward(stage: Stage, *, most: int = 60) -> None:
    """On with → until a question is asked."""
    for _ in range(most):
        if stage.on(PredictionScreen):
            return
        await stage.press("right")
    raise AssertionError("no question was asked")


def test_nobody_is_asked_unless_they_want_to_be() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(12):
            await stage.press("right")
        assert stage.on(WalkthroughScreen)

    perform(scene)


def test_a_question_comes_before_its_event_and_the_event_after_the_answer() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        due = stage.screen.questions[0]
        assert stage.place == (due.position - 1, 1.0)
        assert "How many tasks" in stage.text("#prediction")
        await stage.press(str(due.answer + 1))
        assert "✔ Predicted: 5, one for each virtual disk" in stage.text("#prediction")
        assert stage.place == (due.position - 1, 1.0)
        await stage.press("k")
        assert stage.on(WalkthroughScreen)
        assert stage.place == (due.position, 0.0)
        assert predictions(stage).given == {due.id: due.answer}

    perform(scene, predict=True)


def test_a_wrong_answer_is_explained_together_with_the_right_one() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        due = stage.screen.questions[0]
        wrong = next(place for place in range(len(due.choices)) if place != due.answer)
        await stage.press(str(wrong + 1))
        text = stage.text("#prediction")
        assert "It goes otherwise" in text
        assert "The answer: 5, one for each virtual disk" in text
        assert "Source: Help Center" in text

    perform(scene, predict=True)


def test_escape_passes_over_and_the_question_does_not_come_again() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        due = stage.screen.questions[0]
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)
        assert predictions(stage).given == {due.id: None}
        await stage.press("left", "left", "right", "right", "right")
        assert stage.on(WalkthroughScreen)

    perform(scene, predict=True)


def test_a_number_that_is_no_answer_does_nothing() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        assert len(stage.screen.questions[0].choices) == 3
        await stage.press("4", "x", "up")
        assert stage.on(PredictionScreen)
        assert not predictions(stage).given

    perform(scene, predict=True)


def test_playing_pauses_for_a_question_and_goes_on_after_it() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space")
        for _ in range(200):
            if stage.on(PredictionScreen):
                break
            await stage.wait(0.3)
        assert stage.on(PredictionScreen)
        assert stage.screen.walk == stage.screen.walk.at(stage.screen.questions[0].position - 1)
        place = stage.place
        await stage.wait(30.0)
        assert stage.place == place
        await stage.press("0")
        assert stage.screen.walk.playing
        assert stage.place[0] == place[0] + 1

    perform(scene, predict=True)


def test_a_step_key_stops_at_the_question_on_its_way() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(10):
            await stage.press("pagedown")
            if stage.on(PredictionScreen):
                break
        assert stage.place[0] == stage.screen.questions[0].position - 1

    perform(scene, predict=True)


def test_jumps_and_steps_back_ask_nothing() -> None:
    async def scene(stage: Stage) -> None:
        for key in ("5", "end", "left", "home", "6", "pageup"):
            await stage.press(key)
            assert stage.on(WalkthroughScreen), key
        assert not predictions(stage).given

    perform(scene, predict=True)


def test_the_list_of_events_does_not_tell_the_answer() -> None:
    async def scene(stage: Stage) -> None:
        events = stage.text("#events").splitlines()
        position = stage.screen.questions[0].position
        row = next(line for line in events if line.split()[:1] == [str(position + 1)])
        assert row.split() == [str(position + 1), "1.2", "…"]
        await stage.press("p")
        assert "process" in stage.text("#events").splitlines()[position]

    perform(scene, predict=True)


def test_p_switches_questions_on_in_the_middle_and_off_again() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("p")
        await forward(stage)
        await stage.press("0", "p")
        for _ in range(30):
            await stage.press("right")
        assert stage.on(WalkthroughScreen)

    perform(scene)


def test_a_click_answers() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        view = stage.app.screen.query_one("#prediction")
        row = next(y for y, line in enumerate(stage.text("#prediction").splitlines()) if line.startswith("2"))
        await stage.pilot.click("#prediction", offset=(view.gutter.left + 4, view.gutter.top + row))
        await stage.pilot.pause()
        assert "any key goes on" in str(view.border_subtitle)

    perform(scene, predict=True)


def test_the_end_sums_up_with_ways_to_what_is_worth_another_look() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        first = stage.screen.questions[0]
        await stage.press("0")
        await stage.press("end", "left")
        for _ in range(4):
            await stage.press("right")
        await stage.pilot.pause()
        assert stage.on(InspectionScreen)
        text = stage.text("#inspection")
        assert "Asked: 1 of 12. Predicted: 0." in text
        await stage.press("1", "enter")
        assert stage.place[0] == first.position

    perform(scene, predict=True)


def test_the_picture_of_the_acting_pair_stays_in_view_at_the_usual_size() -> None:
    async def scene(stage: Stage) -> None:
        await forward(stage)
        top = stage.app.screen.query_one("#prediction").region.y
        topology = stage.screen.query_one("#topology").region
        assert top >= topology.bottom

    perform(scene, predict=True, size=(120, 40))


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "de"])
@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), pytest.param((200, 60), marks=pytest.mark.long)], ids=["80x24", "120x40", "200x60"]
)
def test_every_size_and_language_holds_every_question_and_its_longest_explanation(
    size: tuple[int, int], language: str
) -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(len(stage.screen.questions)):
            due = predictions(stage).due(stage.screen.questions, -1, 10_000)
            assert due is not None
            await stage.go(stage.screen.walk.trace[due.position - 1].id)
            await stage.press("right")
            assert stage.on(PredictionScreen)
            view = stage.app.screen.query_one("#prediction")
            assert view.region.width == size[0]
            assert view.region.bottom <= size[1]
            wrong = next(place for place in range(len(due.choices)) if place != due.answer)
            await stage.press(str(wrong + 1), "k")

    perform(scene, predict=True, size=size, language=language)
