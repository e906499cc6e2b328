"""A fork on the stage: how tests of the what-if get there, and what they look at."""

from __future__ import annotations

import re

from pictures import Stage, loaded

from vbtui.ui.screens.what_if import WhatIfScreen
from vbtui.walk.forks import Comparison, compare
from vbtui.workflow import Change, simulate

NFC = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
BLOCK = f"{NFC}:block=px-vm,esx02,tcp/902"
SIZES = [(80, 24), (120, 40), (200, 60)]


def compared(stage: Stage) -> WhatIfScreen:
    """The what-if screen, which must be the topmost one."""
    assert isinstance(stage.app.screen, WhatIfScreen)
    return stage.app.screen


def changes(stage: Stage) -> tuple[str, ...]:
    """The changes of the run that is walked."""
    return stage.screen.walk.trace.changes


def comparison(change: str) -> Comparison:
    """The first job of the classroom and the same with a change, compared once more beside the screen: what it has to
    show."""
    topology = loaded().topology
    runs = (simulate(topology, topology.jobs[0], changes=made) for made in ((), (Change.parse(change),)))
    return compare(*runs)


def place_shown(stage: Stage) -> tuple[int, int]:
    """The row that is shown as selected, from 0, and how many there are: as the head of the screen tells."""
    found = re.search(r"(\d+)/(\d+) *$", stage.text("#header"))
    assert found is not None, stage.text("#header")
    return int(found[1]) - 1, int(found[2])


def row_shown(stage: Stage) -> int:
    """The row that is shown as selected, from 0."""
    return place_shown(stage)[0]


async def walked_on(stage: Stage) -> tuple[str, ...]:
    """Walk on in the fork that is shown: the changes of that run."""
    compared(stage)
    await stage.press("enter")
    return changes(stage)


async def fork(stage: Stage) -> WhatIfScreen:
    """Try what is offered first."""
    await stage.press("w", "enter")
    return compared(stage)
