"""`vbtui keys`: what it lists can be written into a settings file, and then stands there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vbtui.cli.entry import run
from vbtui.ui.keys.tables import KEY_TABLES

Call = Callable[..., list[str]]


@pytest.fixture
def listed(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*words: str) -> list[str]:
        assert run(["keys", *words], {}) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out.splitlines()

    return call


def test_every_action_is_listed_once_with_its_keys(listed: Call) -> None:
    lines = listed()
    for screen, table in KEY_TABLES.items():
        for key in table:
            for _, action in key.keys:
                name = f"{screen}.{action.removeprefix('app.')}"
                assert sum(line.split()[:1] == [name] for line in lines) == 1, name
    assert any(line.split()[:3] == ["walkthrough.play", "space,", "full_stop"] for line in lines)


def test_own_keys_stand_in_the_list(tmp_path: Path, listed: Call) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("keys:\n  walkthrough.play: k\n", encoding="utf-8")
    lines = listed("--config", str(file))
    assert any(line.split()[:2] == ["walkthrough.play", "k"] for line in lines)


def test_the_list_is_in_german_as_well(listed: Call) -> None:
    assert any("abspielen oder anhalten" in line for line in listed("--lang", "de"))
