"""Every key of the Firewall screen does what the help says: moving, filters, edits that show at once, the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_runs import Runs
from pictures import Stage, loaded, perform

from vbtui.i18n import translator
from vbtui.ui.bench import View
from vbtui.ui.firewall_keys import FIREWALL_KEYS
from vbtui.ui.screens.choice import ChoiceScreen
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.proposals import ProposalsScreen
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.rule_form import RuleForm
from vbtui.ui.screens.walkthrough import WalkthroughScreen
from vbtui.ui.widgets.lines_view import LinesView, RowsView
from vbtui.vocabulary import Action, GoalVerdict
from vbtui.walk.matrix import Order

LOCKED = loaded("locked-down")


def rules(stage: Stage, firewall: str) -> dict[str, bool]:
    """The rules of a firewall with their state, as the plan has them."""
    return {rule.name: rule.enabled for rule in stage.firewall.bench.desk.plan.topology.firewall(firewall).rules}


async def at_row(stage: Stage, source: str, destination: str, service: str) -> None:
    """Put the cursor on the first row that is in trouble between those two."""
    screen = stage.firewall
    for place, one in enumerate(screen.bench.desk.rows):
        if source in one.sources and destination in one.destinations and one.service == service and one.troubled:
            screen._go(screen.bench.desk.at(place))
            await stage.pilot.pause()
            return
    raise AssertionError((source, destination, service))


async def opened(stage: Stage) -> None:
    await stage.press("f2")
    assert stage.on(FirewallScreen)


# ---- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f2", "escape"])
def test_f2_shows_the_rules_and_comes_back_to_the_same_event(key: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.go("db11/3/snapshot" if "db11/3/snapshot" in stage.screen.walk.trace.by_id else "job/1.0/start")
        place, walk = stage.place, stage.screen
        await opened(stage)
        await stage.press(key)
        assert stage.on(WalkthroughScreen)
        assert stage.screen is walk
        assert stage.place == place

    perform(scene, topology=LOCKED)


def test_f2_pauses_a_walk_that_plays() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("space", "f2", "escape")
        assert not stage.screen.walk.playing

    perform(scene, topology=LOCKED)


def test_while_a_run_is_live_the_rules_have_to_wait() -> None:
    runs = Runs()

    async def scene(stage: Stage) -> None:
        await stage.press("r", "f2")
        assert stage.on(WalkthroughScreen)
        assert "F2 shows them when it has ended" in stage.text("#now")

    perform(scene, begin=runs)


def test_edited_rules_are_walked_from_the_same_event_on() -> None:
    async def scene(stage: Stage) -> None:
        await stage.press("v")
        event = next(one.id for one in stage.screen.walk.trace if one.vm == "web11")
        await stage.go(event)
        result = stage.screen.walk.trace.result
        await opened(stage)
        await stage.press("a", "A", "enter", "f2")
        assert stage.on(ChoiceScreen)
        await stage.press("enter")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert stage.screen.walk.event.id == event
        assert (str(result), str(stage.screen.walk.trace.result)) == ("error", "success")
        assert "edited rules" in stage.text("#header")
        # Back there, the edits and their history are what they were.
        await opened(stage)
        assert stage.firewall.bench.desk.plan.can_undo
        await stage.press("u")
        assert stage.firewall.bench.desk.report.verdict is GoalVerdict.FAIL
        await stage.press("escape")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert str(stage.screen.walk.trace.result) == "error"
        assert "edited rules" not in stage.text("#header")

    perform(scene, topology=LOCKED)


def test_an_event_that_is_gone_leaves_the_walk_at_the_last_one_before_it() -> None:
    async def scene(stage: Stage) -> None:
        blocked = next(one for one in stage.screen.walk.trace if one.verdict is not None and not one.verdict.allowed)
        await stage.go(blocked.id)
        await opened(stage)
        await stage.press("a", "A", "enter", "f2", "enter")
        await stage.pilot.pause()
        assert stage.screen.walk.index <= blocked.position
        assert stage.screen.walk.event.id in {one.id for one in stage.screen.walk.trace}

    perform(scene, topology=LOCKED)


def test_unsaved_edits_can_be_dropped_or_kept_on_leaving() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "escape")
        assert stage.on(ChoiceScreen)
        assert "in no file yet" in stage.text("#choice")
        await stage.press("escape")
        assert stage.on(FirewallScreen)
        await stage.press("escape", "x")
        await stage.pilot.pause()
        assert stage.on(WalkthroughScreen)
        assert "edited rules" not in stage.text("#header")
        await opened(stage)
        assert not stage.firewall.bench.desk.plan.edited
        assert stage.firewall.bench.desk.plan.can_redo

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_leaving_the_program_asks_about_unsaved_edits_only(key: str) -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", key)
        assert stage.on(ChoiceScreen)
        await stage.press("escape")
        assert stage.on(FirewallScreen)
        await stage.press("u", key)
        await stage.pilot.pause()
        codes.append(stage.app.return_value)

    perform(scene, topology=LOCKED)
    assert codes == [0]


def test_the_walkthrough_too_asks_before_edits_are_lost() -> None:
    codes: list[int | None] = []

    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("space", "escape", "enter")
        await stage.pilot.pause()
        await stage.press("q")
        assert stage.on(ChoiceScreen)
        await stage.press("escape", "q", "x")
        codes.append(stage.app.return_value)

    perform(scene, topology=LOCKED)
    assert codes == [0]


# ---- looking --------------------------------------------------------------------------------------------------------


def test_it_opens_at_the_first_trouble_with_its_path_and_its_rule() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert "▶ px11" in stage.text("#rows")
        assert "[⊘ #2]" in stage.text("#rows")
        assert "source host" in stage.text("#columns")
        path = stage.text("#path")
        assert "px11" in path
        assert "✖" in path
        detail = stage.text("#detail")
        for told in ("⊘ dropped", "10.70.10.21 → 10.70.10.51", "missing: tcp/2601-3300", "px11-windows#2"):
            assert told in detail
        await stage.press("shift+down", "shift+down", "shift+down")
        below = stage.text("#detail")
        assert detail != below
        assert "locked-down.yaml:" in below
        assert "security-team" in below

    perform(scene, topology=LOCKED)


def test_the_summary_names_every_job_and_what_becomes_of_its_vms() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert "nightly ✖ fail" in stage.text("#summary")
        assert "nightly-strict ✖ fail" in stage.text("#summary")
        assert "db11" in stage.text("#summary")

    perform(scene, topology=LOCKED)


def test_arrows_and_page_keys_move_the_cursor() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen = stage.firewall
        start = screen.bench.desk.place
        await stage.press("down")
        assert screen.bench.desk.place == start + 1
        await stage.press("up", "up")
        assert screen.bench.desk.place == start - 1
        await stage.press("end")
        assert screen.bench.desk.place == len(screen.bench.desk.rows) - 1
        assert "▶" in stage.text("#rows")
        await stage.press("pageup")
        assert screen.bench.desk.place == len(screen.bench.desk.rows) - 11
        await stage.press("home", "pagedown")
        assert screen.bench.desk.place == 10
        await stage.press("home", "left", "left", "left", "left")
        assert screen.bench.desk.cell_column == 0
        await stage.press("right")
        assert screen.bench.desk.cell_column == 1

    perform(scene, topology=LOCKED)


def test_a_click_takes_the_cursor_there() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("home")
        await stage.pilot.click("#rows", offset=(10, 3))
        assert stage.firewall.bench.desk.place == 2
        await stage.press("tab")
        await stage.pilot.click("#rules", offset=(10, 1))
        assert stage.firewall.bench.desk.rule_index == 0

    perform(scene, topology=LOCKED)


def test_filters_by_trouble_node_step_phase_and_all_again() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen = stage.firewall
        every = len(screen.bench.desk.rows)
        await stage.press("b")
        assert all(one.troubled for one in screen.bench.desk.rows)
        assert "only blocked" in stage.text("#outcome")
        await stage.press("0")
        assert len(screen.bench.desk.rows) == every
        await stage.press("n")
        assert screen.bench.desk.filter.node == "px11"
        await stage.press("n")
        assert screen.bench.desk.filter.node == "repo11"
        await stage.press("n", "t")
        assert {one.step for one in screen.bench.desk.rows} == {"1.6"}
        await stage.press("t", "5")
        assert {str(one.step)[0] for one in screen.bench.desk.rows} == {"5"}
        assert "5 " in stage.text("#outcome")
        await stage.press("5")
        assert len(screen.bench.desk.rows) == every

    perform(scene, topology=LOCKED)


def test_words_are_found_and_an_empty_line_shows_all_again() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("slash")
        assert stage.on(PromptScreen)
        await stage.press(*"db11", "space", *"445", "enter")
        screen = stage.firewall
        assert {(one.destinations, one.service) for one in screen.bench.desk.rows} == {(("db11",), "tcp/445")}
        assert "with 'db11 445'" in stage.text("#outcome")
        await stage.press("slash", *"zzz", "enter")
        assert screen.bench.desk.rows == ()
        assert "No connection passes the filter" in stage.text("#detail")
        await stage.press("slash", "escape")
        assert screen.bench.desk.rows == ()
        await stage.press("slash", *["backspace"] * 20, "enter")
        assert len(screen.bench.desk.rows) > 20

    perform(scene, topology=LOCKED)


def test_o_goes_through_the_orders_and_j_through_the_jobs() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen, seen = stage.firewall, []
        for _ in Order:
            seen.append(screen.bench.desk.order)
            await stage.press("o")
        assert seen == list(Order)
        assert screen.bench.desk.order is Order.STEP
        await stage.press("o")
        assert "ordered by source" in stage.text("#outcome")
        assert "1.6" in stage.text("#rows")
        await stage.press("j")
        assert screen.bench.desk.job == "nightly-strict"
        assert "▶ nightly-strict" in stage.text("#summary")

    perform(scene, topology=LOCKED)


def test_the_language_changes_here_and_stays_changed_there() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("L", "escape")
        assert "DE" in stage.text("#header")
        assert stage.screen.moment().say.language == "de"

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize("language", ["en", "de"])
def test_help_tells_every_key(language: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.press("question_mark")
        assert stage.on(HelpScreen)
        widget = stage.app.screen.query_one("#help", RowsView)
        told = "\n".join("".join(text for text, _ in row.spans) for row in widget.rows)
        say = translator(language)
        for key in FIREWALL_KEYS:
            assert say(key.shown) in told
        await stage.press("escape")
        assert stage.on(FirewallScreen)

    perform(scene, topology=LOCKED, language=language)


def test_binding_descriptions_are_translated_where_they_are_shown() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        said = translator("de")
        shown = {active.binding.description for active in stage.firewall.active_bindings.values()}
        assert {said(key.short) for key in FIREWALL_KEYS} <= shown

    perform(scene, topology=LOCKED, language="de")


# ---- sizes ----------------------------------------------------------------------------------------------------------


def test_on_a_small_screen_tab_goes_through_the_views() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen, seen = stage.firewall, []
        for _ in View:
            seen.append(screen.bench.view)
            await stage.press("tab")
        assert seen == list(View)
        await stage.press("shift+tab")
        assert screen.bench.view is View.RULES
        assert "Rules of px11-windows" in stage.text("#rules")
        assert "px11-windows#2" in stage.text("#detail")
        assert "Decided by" not in stage.text("#rules")

    perform(scene, topology=LOCKED, size=(80, 24))


def test_on_a_small_screen_the_hops_are_folded_into_the_deciding_one() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        assert "Decided by" in stage.text("#columns")
        assert "secure-filter" not in stage.text("#columns")
        assert "px11-windows#2" in stage.text("#rows")

    perform(scene, topology=LOCKED, size=(80, 24))


@pytest.mark.parametrize(("size", "language"), [((60, 20), "de"), ((80, 24), "en"), ((120, 40), "de")])
def test_no_line_is_wider_than_its_view(size: tuple[int, int], language: str) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen = stage.firewall
        for _ in range(2 if screen.bench.wide else 4):
            for keys in (("b",), ("0", "o"), ("o", "o", "o"), ("space",)):
                await stage.press(*keys)
                for view in screen.query(LinesView):
                    if view.region and view.display and view.id != "path":
                        width = view.size.width
                        rows = (view.row_at(y) for y in range(view.virtual_size.height or 1))
                        assert all(sum(len(text) for text, _ in row.spans) <= width for row in rows), view.id
            await stage.press("tab")

    perform(scene, size=size, language=language, topology=LOCKED)


def test_a_screen_that_is_too_small_says_so_and_comes_back() -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        await stage.pilot.resize_terminal(50, 15)
        await stage.pilot.pause()
        assert stage.firewall.has_class("-small")
        await stage.press("down", "space")
        for size in [(1, 1), (200, 60), (80, 24), (120, 40)]:
            await stage.pilot.resize_terminal(*size)
            await stage.pilot.pause()
        assert "▶" in stage.text("#rows")

    perform(scene, topology=LOCKED)


@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_every_row_of_every_shipped_topology_can_be_shown(name: str, size: tuple[int, int]) -> None:
    async def scene(stage: Stage) -> None:
        await opened(stage)
        screen = stage.firewall
        for place in range(0, len(screen.bench.desk.rows), 5):
            screen._go(screen.bench.desk.at(place))
            await stage.pilot.pause()
            assert "▶" in stage.text("#rows")
        await stage.press("tab")

    perform(scene, topology=loaded(name), size=size)


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


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([*",px1l"], "Source: there is no machine of this name"),
        (["tab", *",10.0.0.1/24"], "did you mean '10.0.0.0/24'?"),
        (["tab", "tab", *",902"], "did you mean 'tcp/902'?"),
        (["tab", "tab", *["backspace"] * 30], "Services: too few"),
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
        await stage.press(*["backspace"] * 40, "enter")
        assert "needs a name" in stage.text("#note")
        await stage.press(*"no/such/folder.yaml", "enter")
        assert "No such file or directory" in " ".join(stage.text("#note").split())
        await stage.press("escape")
        assert stage.firewall.bench.desk.plan.unsaved

    perform(scene, topology=LOCKED)
    assert (tmp_path / "locked-down-edited.yaml").read_text(encoding="utf-8") == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["locked-down-edited.yaml"]


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


def test_the_firewall_screen_can_be_the_first_one() -> None:
    async def scene(stage: Stage) -> None:
        assert stage.on(FirewallScreen)
        await stage.press("escape")
        assert stage.on(WalkthroughScreen)

    perform(scene, topology=LOCKED, firewall=True)
