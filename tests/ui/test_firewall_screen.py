"""Looking at the Firewall screen: the cursor, views, filters, orders, sizes, languages."""

from __future__ import annotations

import pytest
from firewall_stage import LOCKED, opened
from pictures import Stage, loaded, perform

from vbtui.i18n import translator
from vbtui.ui.bench import View
from vbtui.ui.keys.firewall import FIREWALL_KEYS
from vbtui.ui.screens.firewall import FirewallScreen
from vbtui.ui.screens.help import HelpScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.widgets.lines_view import LinesView, RowsView
from vbtui.walk.filters import Order

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
        assert "The filter finds no connection" in stage.text("#detail")
        await stage.press("b")
        assert "Nothing is blocked of what the filter looks for" in " ".join(stage.text("#detail").split())
        await stage.press("b")
        await stage.press("slash", "escape")
        assert screen.bench.desk.rows == ()
        await stage.press("slash", "ctrl+u", "enter")
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
