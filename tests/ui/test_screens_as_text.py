"""Every screen and dialogue as text, at three sizes, in English and, on a light ground without colours, in German.

What a person reads of a screen is one file for all three sizes, `goldens/screens/SCREEN-LANGUAGE.txt`; `VBTUI_UPDATE=1`
writes it. The sizes come one after the other, as somebody pulls at a window. `scenes` has pictures.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from every_screen import SCREENS
from pictures import UPDATE, Stage, loaded, perform

from vbtui.pictures.playing import settled
from vbtui.pictures.surroundings import stand_in
from vbtui.ui.looks import Looks

GOLDENS = Path(__file__).parent / "goldens" / "screens"
SIZES = [(80, 24), (120, 40), (200, 60)]
UPDATING = bool(os.environ.get(UPDATE))
"""Asked here, because no variable of vbtui is seen while a screen is shown."""
TOPOLOGY = loaded("locked-down")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_says_what_it_said(name: str, language: str) -> None:
    async def scene(stage: Stage) -> None:
        await stage.press(*SCREENS[name])
        parts = []
        for columns, rows in SIZES:
            await stage.pilot.resize_terminal(columns, rows)
            await settled(stage.app, stage.pilot)
            parts.append(f"{f'== {columns}x{rows} ':=<{columns}}\n{stage.shown()}\n")
        text, golden = "".join(parts), GOLDENS / f"{name}-{language}.txt"
        if UPDATING:
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text, encoding="utf-8", newline="\n")
        assert text == golden.read_text(encoding="utf-8")

    plain = language == "de"
    with stand_in(colour=not plain):
        perform(scene, size=SIZES[0], topology=TOPOLOGY, language=language, looks=Looks(light=plain))
