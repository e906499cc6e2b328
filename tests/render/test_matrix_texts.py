"""Groups of machines in few cells: the first name and how many there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.render.matrix_texts import machines_text


@pytest.mark.parametrize(
    ("names", "width", "text"),
    [
        (("px001", "px002"), None, "px001, px002"),
        (("px001", "px002"), 12, "px001, px002"),
        (("px001", "px002"), 11, "px001 … (2)"),
        (("px001", "px002"), 10, "px001… (2)"),
        (("px001", "px002"), 8, "px0… (2)"),
        (("px001",), 3, "px001"),
        ((), 3, ""),
    ],
)
def test_as_many_names_as_there_is_room_for(names: tuple[str, ...], width: int | None, text: str) -> None:
    assert machines_text(names, width) == text


@given(st.lists(st.text("abc", min_size=1, max_size=20), min_size=2, max_size=50), st.integers(8, 60))
def test_the_number_is_never_lost(names: list[str], width: int) -> None:
    text = machines_text(names, width)
    assert len(text) <= width
    assert text == ", ".join(names) or text.endswith(f"({len(names)})")
