"""Edits on the Firewall screen show at once what they do, are undone, and become files."""

from __future__ import annotations

from pathlib import Path

import pytest
from firewall_stage import LOCKED, at_row, opened, rules
from pictures import Stage, perform

from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.proposals import ProposalsScreen
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.rule_form import RuleForm
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.widgets.lines_view import RowsView
from vbtui.vocabulary import Action, GoalVerdict

# ---- edits ----------------------------------------------------------------------------------------------------------


def test_space_switches_the_deciding_rule_and_everything_shows_it_at_once() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space")
        assert not rules(stage, "px11-windows")["block-old-range"]
        assert "block-old-range switched off (px11-windows)" in stage.text("#outcome")
        assert "1 connection gained" in stage.text("#outcome")
        assert "✔ default*" in stage.text("#rows")
        assert "unsaved edits" in stage.text("#header")
        assert "✔ allowed" in stage.text("#detail")
        assert "✖" not in stage.text("#path")

    perform(scene, topology=LOCKED)


def test_in_the_rules_space_switches_the_same_rule_there_and_back() -> None:
    """Although another firewall decides in between."""

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("tab", "space")
        assert not rules(stage, "px11-windows")["block-old-range"]
        assert "block-old-range" in stage.text("#rules")
        await stage.press("space")
        assert rules(stage, "px11-windows")["block-old-range"]
        assert all(rules(stage, "repo11-allow").values())

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize(("undo", "redo"), [("u", "U"), ("ctrl+z", "ctrl+y")])
def test_undo_and_redo(undo: str, redo: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press(undo)
        assert "nothing to undo" in stage.text("#outcome")
        await stage.press("space", undo)
        assert rules(stage, "px11-windows")["block-old-range"]
        assert "undone: block-old-range switched off" in stage.text("#outcome")
        assert "1 connection lost" in stage.text("#outcome")
        assert "unsaved" not in stage.text("#header")
        await stage.press(redo)
        assert not rules(stage, "px11-windows")["block-old-range"]
        assert "done again" in stage.text("#outcome")
        await stage.press(redo)
        assert "nothing to redo" in stage.text("#outcome")

    perform(scene, topology=LOCKED)


def test_where_a_default_decides_there_is_no_rule_to_switch() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "db11", "tcp/445")
        await stage.press("space")
        assert "No rule decides here" in stage.text("#outcome")
        assert not stage.firewall.bench.desk.plan.edited
        await stage.press("e")
        assert stage.on(FirewallScreen)

    perform(scene, topology=LOCKED)


def test_in_the_rules_space_switches_the_selected_one_and_arrows_choose() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "db11", "tcp/445")
        await stage.press("tab")
        assert "Rules of secure-filter" in str(stage.app.screen.query_one("#rules").border_title)
        await stage.press("down", "space")
        assert rules(stage, "secure-filter")["answers-out"]
        assert "3 connections gained" in stage.text("#outcome")
        assert "2*" in stage.text("#rules")
        await stage.press("right")
        assert "px11-windows" in str(stage.app.screen.query_one("#rules").border_title)

    perform(scene, topology=LOCKED)


def test_a_rule_is_edited_in_a_form() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("tab", "right", "right", *["down"] * 4, "e")
        assert stage.on(RuleForm)
        # To the destination, then to the services, the action, the state, and round.
        await stage.press("tab", *",node:esx12", "tab", "tab", "space", "tab", "right", "enter")
        plan = stage.firewall.bench.desk.plan
        edited = plan.rule("main", "nfc-esx11")
        assert [selector.node for selector in edited.destination] == ["esx11", "esx12"]
        assert edited.action is Action.DENY
        assert not edited.enabled
        assert edited.owner == "vsphere-team"
        assert "nfc-esx11 changed (main)" in stage.text("#outcome")

    perform(scene, topology=LOCKED)


def test_name_owner_and_ticket_are_fields_of_the_form() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("e", "shift+tab", "ctrl+u", *"gone-soon")
        # Past the sides, the services, the action, the direction of a host firewall and the state.
        await stage.press(*["tab"] * 7, "ctrl+u", *"me", "tab", *"CHG-17", "enter")
        plan = stage.firewall.bench.desk.plan
        rule = plan.rule("px11-windows", "gone-soon")
        assert (rule.owner, rule.ticket, rule.direction) == ("me", "CHG-17", "outbound")
        assert plan.number("px11-windows", "gone-soon") == 2
        with pytest.raises(KeyError):
            plan.rule("px11-windows", "block-old-range")
        await stage.press("tab")
        assert "CHG-17" in stage.text("#detail")

    perform(scene, topology=LOCKED)


def test_a_new_rule_for_the_connection_stands_in_front_of_what_decides_it() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "esx11", "tcp/443")
        await stage.press("N")
        assert stage.on(RuleForm)
        await stage.press("enter")
        plan = stage.firewall.bench.desk.plan
        rule = plan.rule("main", "new-1")
        assert plan.number("main", "new-1") == 4
        assert ([one.node for one in rule.source], [one.node for one in rule.destination]) == (["bk11"], ["esx11"])
        assert (rule.services, rule.action, rule.enabled) == (("tcp/443",), Action.ALLOW, True)
        assert "new-1 added (main)" in stage.text("#outcome")
        assert "gained" in stage.text("#outcome")
        row = stage.firewall.bench.desk.row
        assert row is not None and row.allowed
        await stage.press("u")
        assert not stage.firewall.bench.desk.plan.edited

    perform(scene, topology=LOCKED)


def test_a_new_rule_in_the_rules_is_empty_and_stands_in_front_of_the_selected_one() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("tab", "right", "right", "down", "down", "N", "enter")
        assert stage.on(RuleForm)
        assert "Source: name at least one source, or any" in stage.text("#form-note")
        await stage.press(*"any", "tab", *"any", "tab", *"tcp/22", "enter")
        plan = stage.firewall.bench.desk.plan
        assert plan.number("main", "new-1") == 3
        assert plan.rule("main", "new-1").services == ("tcp/22",)

    perform(scene, topology=LOCKED)


def test_where_a_default_decides_a_new_rule_comes_last() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "db11", "tcp/445")
        await stage.press("N", "enter")
        firewall = stage.firewall.bench.desk.plan.topology.firewall("secure-filter")
        assert firewall.rules[-1].name == "new-1"

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([*",px1l"], "Source: there is no machine of this name"),
        (["tab", *",10.0.0.1/24"], "did you mean '10.0.0.0/24'?"),
        (["tab", "tab", *",902"], "did you mean 'tcp/902'?"),
        (["tab", "tab", "ctrl+u"], "Services: name at least one service, or any"),
        (["shift+tab", *"+!"], "Name: this is not a name"),
        (["shift+tab", "ctrl+u", *"transport-in"], "Name: rule #1 of this firewall is called so"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_and_changes_nothing(keys: list[str], told: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("e", *keys, "enter")
        assert stage.on(RuleForm)
        assert told in " ".join(stage.text("#form-note").split())
        await stage.press("escape")
        assert not stage.firewall.bench.desk.plan.can_undo

    perform(scene, topology=LOCKED)


def test_an_unchanged_form_is_no_edit() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("e", "enter")
        assert stage.on(FirewallScreen)
        assert "Nothing was changed" in stage.text("#outcome")
        assert not stage.firewall.bench.desk.plan.can_undo

    perform(scene, topology=LOCKED)


def test_proposals_for_the_selected_connection_come_first_and_enter_takes_one() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "db11", "tcp/445")
        await stage.press("a")
        assert stage.on(ProposalsScreen)
        assert stage.text("#proposal-list").startswith("▶ [ ] secure-filter")
        await stage.press("enter")
        told = stage.text("#outcome")
        assert "proposal taken over (secure-filter)" in told
        assert "3 connections gained" in told

    perform(scene, topology=LOCKED)


def test_all_proposals_together_make_the_jobs_run() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("a", "A", "A", "space", "up", "space", "A", "enter")
        assert stage.firewall.bench.desk.report.verdict is GoalVerdict.OK
        assert "job nightly: ✖ fail → ✔ ok" in stage.text("#outcome")
        await stage.press("a")
        assert "No rule is missing" in stage.text("#outcome")
        await stage.press("b")
        assert stage.firewall.bench.desk.rows == ()
        assert "Nothing is blocked; 0 shows all." in stage.text("#rows")

    perform(scene, topology=LOCKED)


def test_a_finding_is_marked_and_told() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await at_row(stage, "bk11", "db11", "tcp/445")
        await stage.press("tab", "up")
        assert "!" in stage.text("#rules").splitlines()[1]
        assert "! " in stage.text("#detail")

    perform(scene, topology=LOCKED)


# ---- files ----------------------------------------------------------------------------------------------------------


def test_edits_are_saved_as_a_new_file_that_reads_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("s")
        assert "no unsaved edits" in stage.text("#outcome")
        await stage.press("space", "s")
        assert stage.on(PromptScreen)
        await stage.press("enter")
        assert "saved as locked-down-edited.yaml" in stage.text("#outcome")
        assert not stage.firewall.bench.desk.plan.unsaved
        await stage.press("escape")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)

    perform(scene, topology=LOCKED)
    from vbtui.topology import load

    written = load(tmp_path / "locked-down-edited.yaml").topology
    assert not next(rule for rule in written.firewall("px11-windows").rules if rule.name == "block-old-range").enabled
    text = (tmp_path / "locked-down-edited.yaml").read_text(encoding="utf-8")
    before = LOCKED.file.read_text(encoding="utf-8")
    assert [line for line in before.splitlines() if "#" in line] == [line for line in text.splitlines() if "#" in line]
    assert [one.name for one in tmp_path.iterdir()] == ["locked-down-edited.yaml"]


def test_no_file_is_overwritten_and_what_is_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "locked-down-edited.yaml").write_text("mine", encoding="utf-8")

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "s", "enter")
        assert stage.on(PromptScreen)
        assert "exists already; nothing was overwritten" in " ".join(stage.text("#note").split())
        await stage.press("ctrl+u", "enter")
        assert "needs a name" in stage.text("#note")
        await stage.press(*"no/such/folder.yaml", "enter")
        told = " ".join(stage.text("#note").split())
        assert "No such file or directory" in told
        assert ".part" not in told
        await stage.press("escape", "s", *"x.yaml", "enter")  # the proposed name goes with the first character
        assert "saved as x.yaml" in stage.text("#outcome")
        assert not stage.firewall.bench.desk.plan.unsaved

    perform(scene, topology=LOCKED)
    assert (tmp_path / "locked-down-edited.yaml").read_text(encoding="utf-8") == "mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["locked-down-edited.yaml", "x.yaml"]


def test_a_file_that_has_changed_meanwhile_is_not_mixed_with_the_edits(tmp_path: Path) -> None:
    from vbtui.topology import load

    file = tmp_path / "mine.yaml"
    text = LOCKED.file.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    mine = load(file)

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space")
        file.write_text(text.replace("address: 10.70.0.15", "address: 10.70.0.16"), encoding="utf-8")
        await stage.press("s", "enter")
        assert "has changed since it was loaded" in " ".join(stage.text("#note").split())
        await stage.press("escape", "d")
        assert "no longer what was loaded" in _read(stage)

    perform(scene, topology=mine)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.yaml"]


def _read(stage: Stage) -> str:
    """All of the text that is shown to be read."""
    rows = stage.app.screen.query_one("#reading", RowsView).rows
    return "\n".join("".join(text for text, _ in row.spans) for row in rows)


def test_d_shows_what_the_edits_change() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("d")
        assert "The rules are those of the file" in stage.text("#outcome")
        await stage.press("space", "d")
        assert stage.on(ReadingScreen)
        told = _read(stage)
        assert "px11" in told
        assert "+        enabled: false" in told
        await stage.press("down", "end", "home", "escape")
        assert stage.on(FirewallScreen)

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize(
    ("ending", "begins"), [(".csv", "Step,From,To,Service"), (".md", "#"), (".txt", "Job nightly")]
)
def test_the_shown_rows_are_exported(ending: str, begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("b", "x", *["backspace"] * 4, *ending, "enter")
        assert "written to locked-down-nightly" in stage.text("#outcome")

    perform(scene, topology=LOCKED)
    text = (tmp_path / f"locked-down-nightly{ending}").read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "no-host-api" in text
    assert "9392" not in text


def test_copies_are_sent_to_the_clipboard_and_said_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        sent: list[str] = []
        monkeypatch.setattr(stage.app, "copy_to_clipboard", sent.append)
        await opened(stage)
        await stage.press("c")
        assert "1 row sent to the terminal's clipboard" in stage.text("#outcome")
        await stage.press("b", "C")
        rows = len(stage.firewall.bench.desk.rows)
        assert f"{rows} rows sent" in stage.text("#outcome")
        assert [one.count("\n") for one in sent] == [3, rows + 2]
        assert "block-old-range" in sent[0]
        await stage.press("slash", *"zzz", "enter", "c")
        assert "nothing to copy" in stage.text("#outcome")

    perform(scene, topology=LOCKED)
