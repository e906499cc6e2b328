"""What every folder of tests shares: the option for long runs."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run tests marked long, and others in their full size")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        os.environ["VBTUI_LONG_TESTS"] = "1"  # read by `strategies.examples`, also in the workers


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="a long run: pytest --long"))
