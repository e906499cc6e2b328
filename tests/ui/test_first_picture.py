"""The first picture waits for nothing that only a key, a question or another screen needs.

Everything that is imported before it costs every start; what may not be there is named, so that an import at the wrong
place is found here and not by somebody who waits.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

LATER = (
    "networkx",
    "openpyxl",
    "vbtui.engine",
    "vbtui.job.run",
    "vbtui.lessons",
    "vbtui.pictures",
    "vbtui.planning",
    "vbtui.render.channel_texts",
    "vbtui.render.check_texts",
    "vbtui.render.find_words",
    "vbtui.render.inspection_texts",
    "vbtui.render.machine_texts",
    "vbtui.render.notes_texts",
    "vbtui.render.question_texts",
    "vbtui.render.told",
    "vbtui.topology.generate",
    "vbtui.topology.graphml",
    "vbtui.ui.copying",
    "vbtui.ui.halves",
    "vbtui.ui.keeping",
    "vbtui.ui.notes.presented",
    "vbtui.ui.topology_list",
    "vbtui.walk.find",
    "vbtui.walk.inspection",
    "vbtui.walk.plan",
    "vbtui.walk.what_if",
)
WALKTHROUGH = "vbtui.ui.screens.walkthrough"
"""The one screen that may be there, with its groups of keys."""

FIRST_PICTURE = """
import asyncio, sys
from pathlib import Path
from vbtui.topology import load, resolve
from vbtui.ui import Opening, WalkthroughApp

async def first_picture():
    app = WalkthroughApp(Opening(load(resolve("classroom"))), ticker=False)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert app.walkthrough.topology.canvas is not None
        print(*sys.modules)

asyncio.run(first_picture())
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Every module that is there when the first picture has been drawn."""
    result = subprocess.run(
        [sys.executable, "-c", FIRST_PICTURE], capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
    )
    return frozenset(result.stdout.split())


@pytest.mark.parametrize("module", LATER)
def test_the_first_picture_does_not_wait_for(module: str, loaded: frozenset[str]) -> None:
    assert not {one for one in loaded if one == module or one.startswith(module + ".")}


def test_the_first_picture_waits_for_no_other_screen_and_no_dialogue(loaded: frozenset[str]) -> None:
    screens = {one for one in loaded if one.startswith("vbtui.ui.screens.")}
    assert WALKTHROUGH in screens
    assert {one for one in screens if not f"{one}.".startswith(f"{WALKTHROUGH}.")} == set()


@pytest.mark.parametrize("module", LATER)
def test_what_is_named_here_is_there(module: str) -> None:
    assert find_spec(module) is not None
