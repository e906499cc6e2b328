"""What stands beside a bar."""

from __future__ import annotations

import io
import sys

import click
import pytest

from vbtui.cli.entry import group
from vbtui.cli.progress import bars
from vbtui.cli.session import Session
from vbtui.cli.speed import BinarySpeedColumn


@pytest.mark.parametrize(
    ("bytes_", "shown"),
    [(900, "900 bytes/s"), (1024, "1.0 KiB/s"), (212_651_213, "202.8 MiB/s"), (5 * 1024**3, "5.0 GiB/s")],
)
def test_amounts_and_speeds_have_the_same_units(bytes_: int, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with click.Context(group, obj=Session("en", {"TERM": "xterm"})):
        drawn = bars()
    assert [type(column) for column in drawn.columns if "Speed" in type(column).__name__] == [BinarySpeedColumn]
    drawn.add_task("files.vmdk", total=bytes_)
    (task,) = drawn.tasks
    column = BinarySpeedColumn()
    assert column.render(task).plain == "?"
    task.finished_speed = float(bytes_)
    assert column.render(task).plain == shown
