"""Pictures of screens that read files beside themselves are the same however long that takes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from vbtui.pictures import playing
from vbtui.pictures.playing import Shot, play
from vbtui.pictures.scene import load_scene
from vbtui.topology import resolve
from vbtui.ui.screens import file_reading, start
from vbtui.ui.screens.file_reading import look_at
from vbtui.ui.topology_list import Look

LATE = 0.5
"""Seconds that a file takes in which all else is long done."""


def slow(file: Path) -> Look:
    time.sleep(LATE)
    return look_at(file)


def pictures(folder: Path, *keys: str | Path, shown: str = "start") -> tuple[Shot, ...]:
    """One when it is opened, and one after the keys; a path is typed."""
    steps = [{"type": str(one)} if isinstance(one, Path) else {"press": [one]} for one in keys]
    file = folder / "scene.yaml"
    scene = {
        "topology": "classroom", "shown": shown, "size": "120x40",
        "steps": [{"shot": "opened"}, *steps, {"shot": "after"}],
    }  # fmt: skip
    file.write_text(yaml.safe_dump(scene))
    return play(load_scene(file))


def test_topologies_are_listed_as_they_are_known_when_all_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = pictures(tmp_path, "down", "down")
    monkeypatch.setattr(start, "look_at", slow)
    late = pictures(tmp_path, "down", "down")
    assert [one.svg for one in late] == [one.svg for one in at_once]


@pytest.mark.parametrize("shown", ["start", "walkthrough"])
def test_a_large_file_is_open_before_the_next_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    monkeypatch.chdir(tmp_path)
    own = Path("own.yaml")
    own.write_text(resolve("small-office").read_text() + "#" * file_reading.LARGE)
    monkeypatch.setattr(file_reading, "look_at", slow)
    keys = ("o", own, "enter") if shown == "start" else ("O", "o", own, "enter")
    here = pictures(tmp_path, *keys, "right", shown=shown)[1]
    assert "small-office · job" in here.frame.lines[0]


def test_a_file_that_is_never_read_holds_up_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "PATIENCE", 0.0)
    monkeypatch.setattr(start, "look_at", slow)
    assert len(pictures(tmp_path)) == 2
