"""The waiting that tests share ends by itself."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import patience
import pytest
from patience import joined, lines_until, outlasting, until, wait_until

TESTS = Path(patience.__file__).parent
TALKS = "import time\nwhile True: print('still here', flush=True); time.sleep(0.01)"


def test_what_never_comes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.0)
    with pytest.raises(AssertionError):
        asyncio.run(until(lambda: False))
    with pytest.raises(AssertionError):
        wait_until(lambda: False)
    let = threading.Event()
    waiting = threading.Thread(target=let.wait)
    waiting.start()
    with pytest.raises(AssertionError):
        joined([waiting])
    let.set()
    waiting.join(60)


def test_a_process_that_says_something_else_for_good_is_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", TALKS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout, outlasting(process, patience=0.5), pytest.raises(AssertionError, match="still here"):
        lines_until(process.stdout, "Next: ")
    assert process.returncode == -9


def test_a_process_is_gone_when_its_test_fails() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with pytest.raises(ZeroDivisionError), outlasting(process):
        raise ZeroDivisionError
    assert process.returncode == -9


def test_every_program_that_a_test_waits_for_has_a_limit() -> None:
    """Those of the benchmarks, which nobody runs unattended, need none."""
    found = []
    for path in sorted(TESTS.rglob("*.py")):
        if TESTS / "bench" in path.parents or TESTS / "engine" / "fuzz" in path.parents:
            continue
        calls = (one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call))
        runs = (one for one in calls if ast.unparse(one.func) == "subprocess.run")
        endless = (one for one in runs if "timeout" not in {keyword.arg for keyword in one.keywords})
        found += [f"{path.relative_to(TESTS)}:{one.lineno}" for one in endless]
    assert found == []
