"""The speed of a piece of work beside its bar, in the units that its amounts have: rich's own column has other ones.

Imported only where bars are drawn. Never here: what the work is.
"""

from __future__ import annotations

from typing import Final

from rich.filesize import pick_unit_and_suffix
from rich.progress import ProgressColumn, Task
from rich.text import Text

_UNITS: Final = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]


class BinarySpeedColumn(ProgressColumn):
    """Bytes a second, `202.8 MiB/s`; a question mark before the first are known."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if speed is None:
            return Text("?", style="progress.data.speed")
        unit, suffix = pick_unit_and_suffix(int(speed), _UNITS, 1024)
        return Text(f"{speed / unit:,.{0 if unit == 1 else 1}f} {suffix}/s", style="progress.data.speed")
