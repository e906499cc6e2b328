"""The door of the engine: the example in its docstring, and the public names, each from its room."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import vbtui.engine
from vbtui.engine import Repository, SampleSpec, examine, needs_writing
from vbtui.vocabulary import Connection, MiB, Service


def test_the_example_in_the_docstring_runs(tmp_path: Path, sample: Callable[..., Path], repository: Repository) -> None:
    text = vbtui.engine.__doc__
    assert text is not None
    lines = text.splitlines()
    indented = [number for number, line in enumerate(lines) if line.startswith("    ")]
    example = textwrap.dedent("\n".join(lines[indented[0] : indented[-1] + 1]))
    image, output = sample("a.img", 8), tmp_path / "restored.img"
    asked: list[Connection] = []

    def permit(connection: Connection) -> bool:
        asked.append(connection)
        return True

    names = {name: getattr(vbtui.engine, name) for name in vbtui.engine.__all__}
    given = {
        "Connection": Connection, "Service": Service, "configuration": 'displayName = "vm"\n', "created_ms": 1,
        "image": image, "output": output, "permit": permit, "repository": repository, "seed": 7,
    }  # fmt: skip
    exec(compile(example, "vbtui/engine/__init__.py", "exec"), names | given)

    assert {(one.source, one.destination) for one in asked} == {("proxy", "repository"), ("proxy", "host")}
    assert output.stat().st_size == image.stat().st_size
    assert needs_writing(image, SampleSpec("a.img", 8 * MiB, 1))
    with output.open("rb") as file:

        def read(offset: int, view: memoryview) -> None:
            file.seek(offset)
            file.readinto(view)

        assert examine(read, 8 * MiB).consistency == "application"


def test_every_public_name_comes_from_the_room_that_is_named_for_it() -> None:
    names = set(vbtui.engine.__all__) - {"errors"}
    assert set(vbtui.engine._ROOM_OF) == names
    for name in names:
        room = import_module(f"vbtui.engine.{vbtui.engine._ROOM_OF[name]}")
        assert getattr(vbtui.engine, name) is getattr(room, name)


def test_a_name_that_is_not_there_is_missed_as_anywhere() -> None:
    with pytest.raises(AttributeError, match="Tape"):
        _ = vbtui.engine.Tape
