"""A stage for screens in tests: an app with a clock that stands still, keys, text of views, and pictures to compare.

Pictures that need a scripted run are compared here; all others are scenes (`tests/scenes`). `VBTUI_UPDATE=1` writes
them; otherwise a picture that differs fails the test and leaves a page with both in `differences/`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

# Both change every colour, and Textual reads them when it is imported.
for variable in ("NO_COLOR", "TEXTUAL_THEME"):
    os.environ.pop(variable, None)

from textual.pilot import Pilot  # noqa: E402
from textual.screen import Screen  # noqa: E402

from vbtui.pictures import comparing  # noqa: E402
from vbtui.pictures.plugin import UPDATE_VARIABLE  # noqa: E402
from vbtui.pictures.svg import svg_of  # noqa: E402
from vbtui.topology import LoadedTopology, load, parse, resolve  # noqa: E402
from vbtui.topology.generate import CompanySize, generate  # noqa: E402
from vbtui.ui import Opening, Shown, WalkthroughApp  # noqa: E402
from vbtui.ui.copying import seen_lines  # noqa: E402
from vbtui.ui.live import StartRun  # noqa: E402
from vbtui.ui.remembered import Memory  # noqa: E402
from vbtui.ui.screens.firewall import FirewallScreen  # noqa: E402
from vbtui.ui.screens.walkthrough import WalkthroughScreen  # noqa: E402
from vbtui.ui.widgets.lines_view import LinesView, RowsView  # noqa: E402

UPDATE = UPDATE_VARIABLE


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """One app on a screen of a fixed size."""

    def __init__(self, app: WalkthroughApp, pilot: Pilot[int], clock: Clock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    @property
    def screen(self) -> WalkthroughScreen:
        return self.app.walkthrough

    @property
    def firewall(self) -> FirewallScreen:
        """The Firewall screen, which must be the topmost one."""
        assert isinstance(self.app.screen, FirewallScreen)
        return self.app.screen

    @property
    def place(self) -> tuple[int, float]:
        """Position and fraction of the playhead."""
        return self.screen.walk.index, self.screen.walk.playhead.fraction

    @property
    def ticking(self) -> bool:
        """The timer of the pictures runs."""
        timer = self.screen._frames
        return timer is not None and timer._active.is_set()

    def on(self, screen: type[Screen[Any]]) -> bool:
        """That is the topmost screen."""
        return isinstance(self.app.screen, screen)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def resize(self, columns: int, rows: int) -> None:
        """As somebody pulls at the window."""
        await self.pilot.resize_terminal(columns, rows)
        await self.pilot.pause()

    async def wait(self, seconds: float) -> None:
        """Let time pass for the walk."""
        self.clock.now += seconds
        self.screen.tick()
        await self.pilot.pause()

    async def look(self) -> None:
        """Look at the live run once."""
        self.screen.poll()
        await self.pilot.pause()

    async def go(self, event: str) -> None:
        """To an event by its id."""
        self.screen.go(self.screen.walk.at_event(event))
        await self.pilot.pause()

    def text(self, view: str) -> str:
        """What a view of the topmost screen shows, as lines of text."""
        widget = self.app.screen.query_one(view, LinesView)
        lines = ("".join(part.text for part in widget.render_line(y)) for y in range(widget.content_size.height))
        return "\n".join(line.rstrip() for line in lines)

    def whole(self, view: str) -> str:
        """All rows of a view of the topmost screen, those too that are scrolled out of sight."""
        rows = self.app.screen.query_one(view, RowsView).rows
        return "\n".join("".join(text for text, _ in one.spans).rstrip() for one in rows)

    def shown(self) -> str:
        """Everything that can be seen, frames and all, as lines of text."""
        return "\n".join(seen_lines(self.app.screen))

    def svg(self) -> str:
        return svg_of(self.app)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def loaded(name: str = "classroom") -> LoadedTopology:
    return load(resolve(name))


@cache
def company() -> LoadedTopology:
    """A topology of which only what takes part is shown at a time."""
    text = generate(CompanySize(vms=200, hosts=40, proxies=12, repositories=6, rules=60), seed=3)
    return parse(text, Path("company.yaml"))


def perform(
    scene: Callable[[Stage], Awaitable[None]],
    *,
    size: tuple[int, int] = (120, 40),
    topology: LoadedTopology | None = None,
    environment: dict[str, str] | None = None,
    begin: StartRun | None = None,
    firewall: bool = False,
    data: bool = False,
    start: bool = False,
    memory: Memory | None = None,
    channel: Path | None = None,
    **arguments: Any,
) -> None:
    """Open the app on `topology` and play a scene on it. Nothing moves but what the scene moves. `begin` starts runs;
    `memory` and `channel` are those of the app, `arguments` those of `Opening`."""
    shown = Shown.FIREWALL if firewall else Shown.DATA if data else Shown.START if start else Shown.WALKTHROUGH

    async def play() -> None:
        clock = Clock()
        app = WalkthroughApp(
            Opening(topology or loaded(), shown=shown, **arguments), clock=clock, ticker=False, begin=begin,
            memory=memory, channel=channel,
        )  # fmt: skip
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await pilot.pause()
            await scene(Stage(app, pilot, clock))

    with _environment(**(environment or {})):
        asyncio.run(play())


def compare(svg: str, golden: Path, differences: Path) -> None:
    """Hold a picture against the one in the repository. Raises DifferentError with the page that shows both."""
    if os.environ.get(UPDATE):
        comparing.update(golden.stem, {".svg": svg.encode()}, golden.parent)
        return
    how = f"{UPDATE}=1 takes it over"
    comparing.compare(golden.stem, {".svg": svg.encode()}, golden.parent, differences, how=how)
