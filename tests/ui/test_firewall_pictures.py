"""The Firewall screen: the matrix of every shipped topology as text, and without colours; pictures: `tests/scenes`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from pictures import UPDATE, Stage, loaded, perform
from view_texts import matrix_lines

from vbtui.i18n import translator
from vbtui.render import RICH, Messages
from vbtui.ui.bench import Bench
from vbtui.walk.desk import Desk
from vbtui.walk.filters import Order
from vbtui.walk.plan import Plan

HERE = Path(__file__).parent


def bench(name: str, language: str = "en") -> Bench:
    given = loaded(name)
    plan = Plan.over(given.topology)
    messages = Messages(translator(language), given.topology, plan.profile)
    return Bench(Desk.over(plan, plan.jobs[0]), given, messages, RICH)


def hold(lines: list[str], name: str) -> None:
    """Hold a matrix against its golden; VBTUI_UPDATE=1 writes it."""
    golden = HERE / "goldens" / f"{name}.txt"
    text = "\n".join(lines) + "\n"
    if os.environ.get(UPDATE):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [78, 117])
@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site", "locked-down"])
def test_the_matrix_of_every_shipped_topology(name: str, width: int) -> None:
    lines = matrix_lines(bench(name), width)
    assert all(len(line) <= width for line in lines)
    hold(lines, f"matrix-{name}-{width}")


def test_the_matrix_in_german() -> None:
    hold(matrix_lines(bench("locked-down", "de"), 117), "matrix-locked-down-117-de")


def test_changed_cells_are_marked_with_a_star() -> None:
    given = bench("locked-down")
    edited = replace(given, desk=given.desk.edited(given.desk.plan.toggled("main", "nfc-esx11")).only_trouble())
    hold(matrix_lines(edited, 117), "matrix-locked-down-117-edited")


def test_in_another_order_every_row_has_its_step() -> None:
    given = bench("locked-down")
    desk = given.desk
    while desk.order is not Order.VERDICT:
        desk = desk.reordered()
    hold(matrix_lines(replace(given, desk=desk), 117), "matrix-locked-down-117-by-answer")


def test_without_colour_everything_is_still_told() -> None:
    svg = ""

    async def play(stage: Stage) -> None:
        nonlocal svg
        await stage.press("f2")
        svg = stage.svg()

    perform(play, topology=loaded("locked-down"), environment={"NO_COLOR": "1"})
    for told in ("⊘&#160;dropped", "✔&#160;allowed", "✖&#160;fail", "✔&#160;ok"):
        assert told in svg
