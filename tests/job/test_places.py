"""What vbtui keeps for itself, and that nothing else is ever removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from vbtui.job import Places
from vbtui.job.places import MARKER


@pytest.mark.parametrize("value", ["", "relative/path"])
def test_a_missing_or_relative_state_folder_is_the_users_default(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Places.of({"XDG_STATE_HOME": value}).root == Path("/home/somebody/.local/state/vbtui")


def test_an_absolute_state_folder_is_used() -> None:
    assert Places.of({"XDG_STATE_HOME": "/state"}).root == Path("/state/vbtui")


def test_what_was_made_is_listed_and_removed(tmp_path: Path) -> None:
    places = Places(tmp_path / "vbtui")
    image = places.make(places.samples("lab")) / "disk.img"
    image.write_bytes(b"x" * 4096)
    assert [one.path for one in places.kept()] == [image]
    places.clean()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_the_marker_is_left_alone(tmp_path: Path) -> None:
    root = tmp_path / "vbtui"
    root.mkdir()
    (root / "thesis.txt").write_text("mine", encoding="utf-8")
    places = Places(root)
    assert places.kept() == ()
    places.clean()
    assert (root / "thesis.txt").exists()


def test_a_link_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / MARKER).touch()
    (tmp_path / "vbtui").symlink_to(elsewhere)
    Places(tmp_path / "vbtui").clean()
    assert (elsewhere / MARKER).exists()
