"""How far a long piece of work is: a bar with bytes, speed and remaining time, for whoever sits at a terminal.

Decided here: that bars are drawn on standard error, and nowhere but on a terminal. Never here: what the work is.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from vbtui.cli.session import current
from vbtui.cli.usage import shown

if TYPE_CHECKING:
    from rich.progress import Progress


class Moved(Protocol):
    """Told how many bytes are done; of how many, where that is known only now."""

    def __call__(self, done: int, total: int | None = None, /) -> None: ...


class MovedOf(Protocol):
    """Told which of several pieces of work has how many bytes done."""

    def __call__(self, number: int, done: int, /) -> None: ...


@contextlib.contextmanager
def progress_bar(text: str, total: int | None = None) -> Iterator[Moved | None]:
    """A bar called `text` on a terminal; nothing anywhere else. Bytes; without `total` the work says it itself."""
    if not current().interactive:
        yield None
        return
    with bars() as drawn:
        bar = drawn.add_task(shown(text), total=total)

        def moved(done: int, total: int | None = None, /) -> None:
            drawn.update(bar, completed=done, total=total)

        yield moved


@contextlib.contextmanager
def progress_bars(works: Sequence[tuple[str, int]]) -> Iterator[MovedOf | None]:
    """A bar for each piece of work (its name and bytes) on a terminal; nothing anywhere else."""
    if not current().interactive:
        yield None
        return
    with bars() as drawn:
        added = [drawn.add_task(shown(text), total=total) for text, total in works]

        def moved(number: int, done: int, /) -> None:
            drawn.update(added[number], completed=done)

        yield moved


def bars() -> Progress:
    """Bars of bytes, to which pieces of work are added; only for a terminal."""
    # rich is imported only where bars are drawn.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from vbtui.cli.speed import BinarySpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(binary_units=True))
    console = Console(file=current().drawing_on(sys.stderr))
    return Progress(*columns, BinarySpeedColumn(), TimeRemainingColumn(), console=console)
