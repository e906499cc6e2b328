"""A picture with many packets, for measurements: the canvas of the walkthrough, alone on a screen.

    python tests/bench/moving_picture.py TOPOLOGY [--packets 40] [--frames 30]

A walk moves one thing at a time, so no walk asks this much of the canvas: as many connections as packets are open at
once, and a packet runs on each of them. Connections are taken between machines that can be seen.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path

from textual.app import App, ComposeResult

import vbtui.ui.app as walkthrough_app
from vbtui.drawing import Link, LinkPicture, LinkState, Picture, drawn_role
from vbtui.i18n import translator
from vbtui.topology import Topology, load
from vbtui.ui.themes import DARK, DARK_VARIABLES
from vbtui.ui.widgets.picture_canvas import PictureCanvas
from vbtui.vocabulary import Role

ROUND = 2.5
"""Seconds that a packet needs from one end to the other."""


class MovingPicture(App[int]):
    """Packets on a topology, for ever."""

    CSS_PATH = Path(walkthrough_app.__file__).with_name("inks.tcss")
    CSS = "PictureCanvas { scrollbar-size: 0 0; width: 100%; height: 100%; }"

    def __init__(self, topology: Topology, packets: int, frames: int) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self._topology, self._frames = topology, frames
        self._links = connections(topology, packets)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK_VARIABLES

    def compose(self) -> ComposeResult:
        yield PictureCanvas()

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._begun = time.monotonic()
        canvas = self.query_one(PictureCanvas)
        canvas.place(self._topology, self._links, translator("en"))
        canvas.draw(self._picture(), renewed=True, follow=())
        self.set_interval(1 / self._frames, self._move)

    def _move(self) -> None:
        self.query_one(PictureCanvas).draw(self._picture(), renewed=False)

    def _picture(self) -> Picture:
        passed = (time.monotonic() - self._begun) / ROUND
        share = 1 / len(self._links)
        return Picture(
            {
                link: LinkPicture(LinkState.ACTIVE, progress=(passed + place * share) % 1.0)
                for place, link in enumerate(self._links)
            }
        )


def connections(topology: Topology, count: int) -> tuple[Link, ...]:
    """Proxies to hosts and to repositories, in the order of the file."""
    by_role: dict[Role, list[str]] = {}
    for node in topology.nodes:
        by_role.setdefault(drawn_role(node), []).append(node.name)
    few = {role: names[:8] for role, names in by_role.items()}
    pairs = itertools.chain(
        itertools.product(few.get(Role.PROXY, []), few.get(Role.REPOSITORY, [])),
        itertools.product(few.get(Role.PROXY, []), few.get(Role.ESXI_HOST, [])),
    )
    return tuple(Link(source, destination, "902") for source, destination in itertools.islice(pairs, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("topology", type=Path)
    parser.add_argument("--packets", type=int, default=40)
    parser.add_argument("--frames", type=int, default=30)
    options = parser.parse_args()
    MovingPicture(load(options.topology).topology, options.packets, options.frames).run()


if __name__ == "__main__":
    main()
