"""What the inspection and the questions look like as text, at three sizes and in both languages.

`VBTUI_UPDATE=1` writes the golden files anew; read the difference before it is committed. The sheets alone are held
here: the picture behind them has tests of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pictures import UPDATE, Stage, perform

from vbtui.ui.screens.prediction import PredictionScreen

GOLDENS = Path(__file__).parent / "goldens"
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
NFC = "sql01/sql01.vmdk/5.1/nfc/px-san/esx01/tcp-902"


def sheet(stage: Stage, view: str) -> str:
    """The frame's texts and what can be seen between them."""
    widget = stage.app.screen.query_one(view)
    return "\n".join((str(widget.border_title), "", stage.text(view), "", str(widget.border_subtitle), ""))


def held(text: str, name: str) -> None:
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get(UPDATE):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", SIZES)
def test_an_inspected_event_and_machine_look_as_they_were_approved(size: str, language: str) -> None:
    found = []

    async def scene(stage: Stage) -> None:
        await stage.go(NFC)
        await stage.press("i")
        found.append(sheet(stage, "#inspection"))
        await stage.press("1")
        found.append(sheet(stage, "#inspection"))

    perform(scene, size=SIZES[size], language=language)
    held("\n".join(found), f"inspection-{size}-{language}")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", SIZES)
def test_a_question_and_its_answer_look_as_they_were_approved(size: str, language: str) -> None:
    found = []

    async def scene(stage: Stage) -> None:
        due = next(one for one in stage.screen.questions if one.kind == "port")
        await stage.go(stage.screen.walk.trace[due.position - 1].id)
        await stage.press("right")
        assert stage.on(PredictionScreen)
        found.append(sheet(stage, "#prediction"))
        await stage.press("1")
        found.append(sheet(stage, "#prediction"))

    perform(scene, size=SIZES[size], language=language, predict=True)
    held("\n".join(found), f"question-{size}-{language}")
