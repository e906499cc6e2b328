"""The waiting that tests share ends by itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import patience
import pytest
from patience import joined, lines_until, outlasting, until, wait_until

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
