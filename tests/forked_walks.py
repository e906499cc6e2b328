"""A fork on the stage: how tests of the what-if get there, and what they look at."""

from __future__ import annotations

from pictures import Stage

from vbtui.ui.screens.what_if import WhatIfScreen

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


async def fork(stage: Stage) -> WhatIfScreen:
    """Try what is offered first."""
    await stage.press("w", "enter")
    return compared(stage)
