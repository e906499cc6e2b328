"""What every folder of tests shares: the option for long runs, folders of its own in place of the person's, and a
collector of garbage that leaves the tests themselves alone."""

from __future__ import annotations

import faulthandler
import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Generator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run tests marked long, and others in their full size")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        os.environ["VBTUI_LONG_TESTS"] = "1"  # read by `strategies.examples`, also in the workers

    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a script; programs inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)

    # Nothing of the person who runs the tests is read or written, whatever a test forgets; workers take it over.
    if "VBTUI_TESTS_FOLDER" not in os.environ:
        folder = tempfile.mkdtemp(prefix="vbtui-tests-")
        os.environ["VBTUI_TESTS_FOLDER"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for variable in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        os.environ[variable] = os.path.join(os.environ["VBTUI_TESTS_FOLDER"], variable.lower())  # noqa: PTH118


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests and all modules stay to the end: a fifth of the time went into looking through them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.config.getoption("--long"):
        faulthandler.cancel_dump_traceback_later()  # long runs take as long as they take


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="a long run: pytest --long"))
