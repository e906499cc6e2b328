"""Shared by the tests of faults: a way to say how much was tried."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """`tell(what, figure)`: shown by `pytest -n 0 -s`, and a property of the test in a report."""

    def say(what: str, figure: object) -> None:
        record_property(what, figure)
        sys.stdout.write(f"{what}: {figure}\n")

    return say
