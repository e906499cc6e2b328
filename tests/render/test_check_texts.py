"""Every effect and every obstacle that a check can name has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import vbtui
from vbtui.i18n import translator
from vbtui.planning import Effect, Loss
from vbtui.render.check_texts import EFFECTS, LOSSES, OBSTACLES
from vbtui.render.names import names_text

PACKAGE = Path(vbtui.__file__).parent


def codes_of(file: str, prefixes: tuple[str, ...]) -> Iterator[str]:
    """Texts of a source file that look like a message code."""
    for node in ast.walk(ast.parse((PACKAGE / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(prefixes):
            yield node.value


def test_every_effect_has_words() -> None:
    assert set(EFFECTS) == set(Effect)


def test_every_loss_has_words() -> None:
    assert set(LOSSES) == set(Loss)


def test_a_long_list_of_names_is_told_by_the_first_and_the_count() -> None:
    names = [f"vm{number:05}" for number in range(1, 1251)]
    say = translator("en")
    assert names_text(say, names[:4]) == "vm00001, vm00002, vm00003, vm00004"
    assert names_text(say, names) == "vm00001, vm00002 … (1,250)"
    assert names_text(translator("de"), names).endswith("… (1.250)")


def test_every_reason_against_a_transport_mode_has_words() -> None:
    named = set(codes_of("workflow/transport.py", ("mode.",)))
    assert named
    assert named <= set(OBSTACLES)


def test_every_obstacle_and_shortfall_of_the_planning_room_has_words() -> None:
    named = {
        code
        for file in ("planning/demands.py", "planning/deriving.py")
        for code in codes_of(file, ("guest.", "task.", "script."))
    }
    assert named
    assert named <= set(OBSTACLES)


def test_every_reason_against_a_way_into_a_guest_has_words() -> None:
    told_by_the_run = {"guest.off", "guest.address", "guest.skipped", "guest.frozen", "guest.quiet", "guest.thawed"}
    told_by_the_run |= {"guest.resumed", "guest."}
    named = set(codes_of("workflow/guest.py", ("guest.",))) - told_by_the_run
    assert {"guest.no-tools", "guest.vix-uac"} <= named
    assert named <= set(OBSTACLES)
