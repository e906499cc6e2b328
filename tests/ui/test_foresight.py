"""What the next key needs of a large topology is laid out before it comes, and looks as if it had not been."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from patience import until
from pictures import Stage, company, perform

from vbtui.ui.moment import Moment
from vbtui.ui.widgets import topology_canvas
from vbtui.ui.widgets.picture_canvas import Placement
from vbtui.ui.widgets.topology_canvas import KEPT, TopologyCanvas

EVENTS = 20


@dataclass
class Made:
    """How many layouts were made: while a picture is shown, which somebody waits for, and in between."""

    waited_for: int = 0
    ahead: int = 0
    _showing: bool = field(default=False, init=False)

    def count(self, monkeypatch: pytest.MonkeyPatch) -> None:
        show, placement = TopologyCanvas.show, TopologyCanvas.placement

        def counted_show(canvas: TopologyCanvas, moment: Moment) -> None:
            self._showing = True
            show(canvas, moment)
            self._showing = False

        def counted_placement(canvas: TopologyCanvas, *arguments: Any, **named: Any) -> Placement:
            if self._showing:
                self.waited_for += 1
            else:
                self.ahead += 1
            return placement(canvas, *arguments, **named)

        monkeypatch.setattr(TopologyCanvas, "show", counted_show)
        monkeypatch.setattr(TopologyCanvas, "placement", counted_placement)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    found = Made()
    found.count(monkeypatch)
    return found


def looking_ahead(stage: Stage) -> bool:
    """Something is still to be laid out."""
    return stage.screen._waiting is not None


async def rest(stage: Stage) -> None:
    """Press no key until nothing is laid out any more."""
    await until(lambda: not looking_ahead(stage))


async def step(stage: Stage, key: str) -> str:
    """One event further, finished; what is seen then."""
    await stage.press(key)
    if not stage.screen.walk.at_rest:
        await stage.press(key)
    return stage.text("#topology")


def test_a_key_for_which_there_was_time_makes_no_layout(made: Made) -> None:
    async def scene(stage: Stage) -> None:
        assert made.waited_for == 1
        for key in ("right",) * EVENTS + ("left",) * EVENTS:
            await rest(stage)
            await step(stage, key)
            assert made.waited_for == 1, f"{key} to {stage.place}"
        assert made.ahead > 3, "these events hardly needed another layout: the test shows nothing"
        await rest(stage)
        before = made.ahead
        await asyncio.sleep(0.2)
        assert made.ahead == before

    perform(scene, topology=company())


def test_what_was_foreseen_is_what_is_shown_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def walked(*, patient: bool) -> list[str]:
        seen: list[str] = []
        monkeypatch.setattr(topology_canvas, "KEPT", KEPT if patient else 0)

        async def scene(stage: Stage) -> None:
            for key in ("right",) * EVENTS + ("left",) * EVENTS:
                if patient:
                    await rest(stage)
                seen.append(await step(stage, key))

        perform(scene, topology=company())
        return seen

    assert walked(patient=True) == walked(patient=False)


def test_of_a_small_topology_there_is_nothing_to_foresee(made: Made) -> None:
    async def scene(stage: Stage) -> None:
        for key in ("right", "right", "pagedown", "left"):
            await stage.press(key)
            assert not looking_ahead(stage)
        assert (made.waited_for, made.ahead) == (1, 0)

    perform(scene)
