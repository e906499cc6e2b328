"""The installed command as its own process: what it loads, the same bytes on every run, pipes that close early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE, outlasting, wait_until

HEAVY = ("pydantic", "networkx", "rich", "textual", "yaml", "vbtui.topology", "vbtui.engine")

REPORT = """
import sys
from vbtui.cli.entry import run
try:
    code = run(sys.argv[1:], {})
except SystemExit as error:
    code = error.code
sys.stderr.write("LOADED " + " ".join(sorted(sys.modules)) + "\\n")
sys.exit(code)
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def loaded(result: subprocess.CompletedProcess[str]) -> set[str]:
    line = next(line for line in result.stderr.splitlines() if line.startswith("LOADED "))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("play", "--help"), ("--lang", "de", "--help"), ("x",)]
)
def test_asking_for_help_or_the_version_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded(python("-c", REPORT, *arguments)) & set(HEAVY) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "classroom"),
        ("check", "classroom", "--format", "json"),
        ("play", "--json"),
        ("play",),
        ("ports", "classroom"),
    ],
)
def test_no_screen_is_loaded_where_none_is_drawn(arguments: tuple[str, ...]) -> None:
    result = python("-c", REPORT, *arguments)
    assert result.returncode == 0
    assert not {name for name in loaded(result) if name.partition(".")[0] == "textual" or name.startswith("vbtui.ui")}


@pytest.mark.parametrize("arguments", [("check", "classroom"), ("play", "--json"), ("play",)])
def test_no_engine_is_loaded_where_no_byte_moves(arguments: tuple[str, ...]) -> None:
    assert not {name for name in loaded(python("-c", REPORT, *arguments)) if name.startswith("vbtui.engine")}


def test_the_engine_loads_no_screen_and_no_topology() -> None:
    result = python("-c", "import sys; from vbtui.engine import *; print(' '.join(sys.modules))")
    modules = set(result.stdout.split())
    found = {name.partition(".")[0] for name in modules}
    assert found.isdisjoint({"textual", "rich", "pydantic", "networkx", "yaml", "click"})
    ours = {".".join(name.split(".")[:2]) for name in modules if name.startswith("vbtui.")}
    assert ours == {"vbtui.engine", "vbtui.vocabulary"}


def test_a_disk_image_is_described_without_snapshots_movers_a_repository_and_a_topology(tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(bytes(512))
    result = python("-c", REPORT, "disk", "info", str(tmp_path / "disk.img"))
    assert result.returncode == 0
    found = {name.split(".")[2] for name in loaded(result) if name.startswith("vbtui.engine.")}
    assert found.isdisjoint({"cbt", "guest", "mover", "network", "protect", "repository", "snapshot", "transport"})
    assert loaded(result).isdisjoint({"pydantic", "vbtui.topology"})


@pytest.mark.parametrize("command", ["points", "verify", "health", "rescan"])
def test_a_repository_is_looked_at_without_a_topology(command: str, tmp_path: Path) -> None:
    result = python("-c", REPORT, command, str(tmp_path))
    assert result.returncode == 0
    assert loaded(result).isdisjoint({"pydantic", "vbtui.topology", "vbtui.engine.mover", "vbtui.engine.transport"})


@pytest.mark.parametrize(
    "arguments",
    [
        ("play", "classroom", "--json"),
        ("play", "classroom"),
        ("check", "two-site"),
        ("ports", "classroom", "--format", "csv"),
    ],
    ids=lambda one: " ".join(one),
)
def test_every_run_prints_the_same_bytes(arguments: tuple[str, ...]) -> None:
    outputs = {python("-m", "vbtui", *arguments, PYTHONHASHSEED=seed).stdout for seed in ("0", "1", "4242")}
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


def test_a_reader_that_goes_away_ends_the_output_and_nothing_else() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vbtui", "check", "locked-down"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    with process.stderr, outlasting(process):
        process.stdout.close()
        complaint = process.stderr.read()
        assert process.wait(PATIENCE) == 1
    assert complaint == b""


def test_an_output_that_only_knows_ascii_gets_plain_characters_and_a_document_escapes() -> None:
    arguments = ("-m", "vbtui", "check", "classroom", "--lang", "de")
    told = python(*arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "+ ok" in told.stdout and "Flusse" in told.stdout
    document = python(*arguments, "--format", "markdown", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert told.returncode == document.returncode == 0
    assert "\\xfc" in document.stdout


@pytest.mark.parametrize("signals", [1, 3])
def test_ctrl_c_during_a_run_ends_it_as_interrupted_and_leaves_no_half_point(signals: int, tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    process = subprocess.Popen(
        [sys.executable, "-m", "vbtui", "backup", "classroom", "--repo", str(repository)],
        env={"PATH": os.environ["PATH"], "HOME": "/", "XDG_STATE_HOME": str(tmp_path / "state")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr, outlasting(process):
        # until a restore point is being written
        wait_until(lambda: process.poll() is not None or bool(list(repository.glob("*.part"))))
        for _ in range(signals):
            process.send_signal(signal.SIGINT)
        complaint = process.stderr.read()
        code = process.wait(PATIENCE)
    assert "Traceback" not in complaint
    # where the machine was so fast that the run had ended, it ended as usual
    assert (code, complaint.strip()) in ((130, "interrupted"), (0, ""))
    assert not list(repository.glob("*.part"))
