"""Rules in their list: deleted, moved up and down, taken back, and saved as they are then."""

from __future__ import annotations

from pathlib import Path

import pytest
from firewall_stage import LOCKED, opened, rules
from pictures import Stage, perform

from vbtui.topology import load

MAIN = [rule.name for rule in LOCKED.topology.firewall("main").rules]


async def to_main(stage: Stage) -> None:
    """The cursor on the first rule of `main`, in the rules."""
    await opened(stage)
    await stage.press("tab", "right", "right", "home")
    assert "Rules of main" in str(stage.app.screen.query_one("#rules").border_title)


def selected(stage: Stage) -> str:
    found = stage.firewall.bench.desk.rule
    assert found is not None
    return found.name


@pytest.mark.parametrize("key", ["D", "delete"])
def test_a_rule_is_deleted_and_taken_back(key: str) -> None:
    async def scene(stage: Stage) -> None:
        await to_main(stage)
        await stage.press("down", key)
        assert list(rules(stage, "main")) == [MAIN[0], *MAIN[2:]]
        assert f"{MAIN[1]} deleted (main)" in stage.text("#outcome")
        assert selected(stage) == MAIN[2]
        await stage.press("u")
        assert list(rules(stage, "main")) == MAIN
        assert "unsaved" not in stage.text("#header")
        await stage.press("end", key)
        assert selected(stage) == MAIN[-2]

    perform(scene, topology=LOCKED)


def test_the_last_rule_of_a_firewall_may_go_too() -> None:
    async def scene(stage: Stage) -> None:
        await to_main(stage)
        await stage.press(*["D"] * len(MAIN))
        assert rules(stage, "main") == {}
        await stage.press("D")
        assert "No rule decides here" in stage.text("#outcome")
        await stage.press(*["u"] * len(MAIN))
        assert list(rules(stage, "main")) == MAIN

    perform(scene, topology=LOCKED)


def test_a_rule_is_moved_and_the_cursor_stays_on_it() -> None:
    async def scene(stage: Stage) -> None:
        await to_main(stage)
        await stage.press("less_than_sign")
        assert "first one already" in stage.text("#outcome")
        await stage.press("greater_than_sign", "greater_than_sign")
        assert list(rules(stage, "main")) == [MAIN[1], MAIN[2], MAIN[0], *MAIN[3:]]
        assert selected(stage) == MAIN[0]
        assert f"{MAIN[0]} moved (main)" in stage.text("#outcome")
        await stage.press("less_than_sign")
        assert selected(stage) == MAIN[0]
        await stage.press("u", "u", "u")
        assert list(rules(stage, "main")) == MAIN
        await stage.press("end", "greater_than_sign")
        assert "last one already" in stage.text("#outcome")

    perform(scene, topology=LOCKED)


def test_beside_the_connections_it_is_the_rule_that_decides() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        target = stage.firewall._target
        assert target is not None
        await stage.press("D")
        assert target[1] not in rules(stage, target[0])
        await stage.press("u", "greater_than_sign")
        assert stage.firewall.bench.desk.plan.last_edit is not None
        assert stage.firewall.bench.desk.plan.last_edit.rules == (target[1],)

    perform(scene, topology=LOCKED)


def test_what_was_deleted_and_moved_is_saved_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scene(stage: Stage) -> None:
        await to_main(stage)
        await stage.press("D", "greater_than_sign", "s", "end", "ctrl+u", *"new.yaml", "enter")
        assert "saved as new.yaml" in stage.text("#outcome")
        saved = load(tmp_path / "new.yaml").topology
        assert [rule.name for rule in saved.firewall("main").rules] == [MAIN[2], MAIN[1], *MAIN[3:]]
        assert saved == stage.firewall.bench.desk.plan.topology

    perform(scene, topology=LOCKED)
