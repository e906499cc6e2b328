"""The views that share a small screen, one at a time."""

from __future__ import annotations

from enum import StrEnum

from vbtui.i18n import N_


class Tab(StrEnum):
    """Which of the four views is shown. In the order of the tab line."""

    TOPOLOGY = "topology"
    PROCESS = "process"
    STEP = "step"
    EVENTS = "events"

    @property
    def heading(self) -> str:
        """English, to be translated where it is shown."""
        return _TITLES[self]

    @property
    def following(self) -> Tab:
        order = list(Tab)
        return order[(order.index(self) + 1) % len(order)]

    @property
    def preceding(self) -> Tab:
        order = list(Tab)
        return order[(order.index(self) - 1) % len(order)]


_TITLES = {
    Tab.TOPOLOGY: N_("Topology"),
    Tab.PROCESS: N_("Process"),
    Tab.STEP: N_("Step"),
    Tab.EVENTS: N_("Events"),
}
