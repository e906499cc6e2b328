"""What holds for the house as a whole: its top level, the length of its files, names, clocks, and keys that count."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import vbtui
from vbtui.topology import load, model, resolve, shipped

PACKAGE = Path(vbtui.__file__).parent
ROOT = PACKAGE.parent

MOST_LINES = 400


def sources(*suffixes: str) -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in suffixes and PACKAGE / "topologies" not in path.parents:
            yield path


def test_nothing_else_stands_at_the_top() -> None:
    built = {"build", "dist"}  # what a wheel build leaves behind, not kept
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - built
    assert found == {"pyproject.toml", "vbtui", "topologies", "tests", "README.md", "LICENSE"}


def test_every_file_fits_in_the_head() -> None:
    files = (*sources(".py", ".yaml", ".tcss"), *sorted((ROOT / "tests").rglob("*.py")))
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: count for name, count in lengths.items() if count > MOST_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    for path in sources(".py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_no_machine_of_a_shipped_topology_is_named_in_the_code() -> None:
    """Names that are no plain words, such as `backup` is: those with a digit or a hyphen."""
    topologies = [load(resolve(name)).topology for name in shipped()]
    machines = {node.name for topology in topologies for node in topology.nodes}
    machines |= {vm.name for topology in topologies for vm in topology.vms}
    told = {name for name in machines if re.search(r"[0-9-]", name)}
    assert len(told) > 20
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, sorted(told))) + r")(?![\w-])")
    texts = {path: path.read_text(encoding="utf-8") for path in sources(".py", ".yaml", ".tcss", ".po")}
    assert {str(path): pattern.findall(text) for path, text in texts.items() if pattern.search(text)} == {}


PURE = ("topology", "catalogue", "firewall", "trace", "workflow", "planning", "walk", "drawing", "render")
CLOCKS_AND_CHANCE = {"time", "random", "secrets", "uuid", "threading", "socket", "subprocess"}
NOW = {"now", "today", "utcnow", "time", "monotonic", "perf_counter", "urandom", "getenv"}


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_knows_no_clock_no_chance_and_no_process(room: str) -> None:
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not {name.name.partition(".")[0] for name in node.names} & CLOCKS_AND_CHANCE, path
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in CLOCKS_AND_CHANCE, path
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                base = node.func.value
                known = isinstance(base, ast.Name) and base.id in ("datetime", "date", "os", "time")
                assert not (known and node.func.attr in NOW), path


FOR_THE_READER = {"origin", "description", "owner", "ticket", "expires", "comment"}
"""Keys of the topology file that the model's docstring calls informative."""


def test_every_key_of_a_topology_file_is_read_by_something() -> None:
    parts = [part for _, part in inspect.getmembers(model, inspect.isclass) if issubclass(part, BaseModel)]
    keys = {key for part in parts for key in part.model_fields} - {"version"}
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources(".py") if path.name != "model.py")
    never = {key for key in keys if not re.search(rf"\.{key}\b(?!\()", text)}
    assert never <= FOR_THE_READER
    assert all(key in (model.__doc__ or "") for key in FOR_THE_READER)
