"""Texts fit into cells whatever a file says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from vbtui.ui.inks import Tone, length
from vbtui.ui.text import clip, fit, one_cell, spread, wrapped

TEXTS = st.text(max_size=60)
WIDTHS = st.integers(min_value=0, max_value=80)


@given(TEXTS)
@example("ᰤ")
def test_every_character_takes_one_cell_and_none_controls_the_terminal(text: str) -> None:
    shown = one_cell(text)
    assert len(shown) == len(text)
    assert shown.isprintable()
    assert cell_len(shown) == len(shown)


def test_ordinary_text_stays_as_it_is() -> None:
    assert one_cell("Größe → 5 MiB · [bold] ▶ ✔") == "Größe → 5 MiB · [bold] ▶ ✔"


def test_wide_characters_and_escapes_become_question_marks() -> None:
    assert one_cell("\x1b[31mdb漢\u200b") == "?[31mdb??"


@given(TEXTS, WIDTHS)
def test_clipped_text_fits_and_tells_that_it_was_cut(text: str, width: int) -> None:
    shown = clip(text, width)
    assert len(shown) <= width
    assert shown == text or shown.endswith("…") or width == 0


@given(TEXTS, WIDTHS)
def test_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    assert len(fit(text, width)) == width


@given(TEXTS, st.integers(min_value=8, max_value=80))
def test_wrapped_text_never_exceeds_its_width(text: str, width: int) -> None:
    assert all(length(row.spans) <= width for row in wrapped(text, width))


@given(st.lists(TEXTS, max_size=4), st.text(max_size=10), st.integers(min_value=10, max_value=80))
def test_spread_spans_have_exactly_the_width_and_the_right_end_is_whole(
    left: list[str], right: str, width: int
) -> None:
    spans = spread([(text, Tone.TEXT) for text in left], [(right, Tone.OK)], width)
    assert length(spans) == width
    assert spans[-1] == (right, Tone.OK)
