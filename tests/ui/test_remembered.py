"""Places of earlier walks: kept whole or not at all, and believed only as far as they make sense."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import loaded
from strategies import examples

from vbtui.topology import LoadedTopology, load
from vbtui.ui.remembered import FILE, MAX_BYTES, MOST, Memory, Place, Recalled, Trouble, source_of
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile

PLACE = Place("classroom", "classroom", "daily", Profile.V13, "sql01/3/snapshot", "3", 42, 119, "sql01", Tab.STEP, 2.0)


def place(source: str, job: str = "daily") -> Place:
    return Place(source, "name", job, Profile.V12, "job/1.0/start", "1.0", 1, 9)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "vbtui" / FILE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "vbtui").mkdir()
    return tmp_path / "vbtui" / FILE


def test_a_place_comes_back_as_it_was_kept(memory: Memory) -> None:
    assert memory.keep(PLACE)
    assert memory.recall() == Recalled((PLACE,))


def test_the_newest_stands_first_and_each_job_once(memory: Memory) -> None:
    for one in (place("/a"), place("/b"), place("/a", "weekly"), place("/a")):
        memory.keep(one)
    assert [(one.source, one.job) for one in memory.recall().places] == [
        ("/a", "daily"), ("/a", "weekly"), ("/b", "daily"),
    ]  # fmt: skip
    assert memory.recall().of("/a") == place("/a")
    assert memory.recall().of("/a", "weekly") == place("/a", "weekly")
    assert memory.recall().of("/c") is None


def test_only_so_many_are_kept(memory: Memory) -> None:
    for number in range(MOST + 5):
        memory.keep(place(f"/{number}"))
    found = memory.recall().places
    assert len(found) == MOST
    assert found[0].source == f"/{MOST + 4}"


def test_a_place_can_be_forgotten(memory: Memory) -> None:
    memory.keep(place("/a"))
    memory.keep(place("/b"))
    assert memory.forget(place("/b"))
    assert [one.source for one in memory.recall().places] == ["/a"]


def test_nothing_else_is_left_in_the_folder(memory: Memory, tmp_path: Path) -> None:
    memory.keep(PLACE)
    assert sorted(one.name for one in (tmp_path / "vbtui").iterdir()) == [".vbtui", FILE]
    assert (tmp_path / "vbtui" / FILE).stat().st_mode & 0o077 == 0


def test_without_a_file_nothing_is_known_and_nothing_is_wrong(memory: Memory, tmp_path: Path) -> None:
    assert memory.recall() == Recalled()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '{"version": 2, "places": []}', '{"version": 1}', '{"version": 1, "places": {}}',
     "[" * 100_000, '{"version": 1, "places": ' + "9" * 5000 + "}"],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_vbtui_does_not_write_is_not_understood(file: Path, text: str) -> None:
    file.write_text(text)
    assert Memory(file).recall() == Recalled(trouble=Trouble.NOT_UNDERSTOOD)


@pytest.mark.parametrize("content", [b"\xff\xfe", b" " * (MAX_BYTES + 1)], ids=["no text", "too large"])
def test_what_cannot_be_text_of_ours_is_unreadable(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert Memory(file).recall().trouble is Trouble.UNREADABLE


def test_a_link_a_folder_and_a_pipe_are_not_read(file: Path, tmp_path: Path) -> None:
    Memory(tmp_path / "other").keep(PLACE)
    file.symlink_to(tmp_path / "other")
    assert Memory(file).recall().trouble is Trouble.UNREADABLE
    file.unlink()
    file.mkdir()
    assert Memory(file).recall().trouble is Trouble.UNREADABLE
    file.rmdir()
    os.mkfifo(file)
    assert Memory(file).recall().trouble is Trouble.UNREADABLE


def test_a_link_is_replaced_and_what_it_leads_to_stays(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("precious")
    file.symlink_to(tmp_path / "other")
    assert Memory(file).keep(PLACE)
    assert (tmp_path / "other").read_text() == "precious"
    assert Memory(file).recall().places == (PLACE,)


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "vbtui").write_text("a file where the folder should be")
    memory = Memory(tmp_path / "vbtui" / FILE)
    assert not memory.keep(PLACE)
    assert not memory.forget(PLACE)
    assert memory.recall().places == ()


WRONG: list[tuple[str, Any]] = [
    ("source", "relative/path"), ("source", ""), ("source", None), ("source", "/a\x1b[2J"), ("source", "/" * 5000),
    ("topology", 7), ("job", []), ("event", {}), ("step", False), ("profile", "v99"), ("profile", []),
    ("number", 0), ("number", True), ("number", 120), ("number", "1"), ("count", -1), ("count", 10**12),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_place_with_a_wrong_value_is_left_out_and_the_others_stay(memory: Memory, field: str, value: object) -> None:
    memory.keep(place("/a"))
    memory.keep(PLACE)
    file = memory._file
    data = json.loads(file.read_text())
    data["places"][0][field] = value
    file.write_text(json.dumps(data))
    assert memory.recall() == Recalled((place("/a"),))


@pytest.mark.parametrize(("field", "value"), [("vm", 7), ("tab", "nowhere"), ("speed", 3), ("speed", "fast")])
def test_what_can_be_done_without_gets_its_default(memory: Memory, field: str, value: object) -> None:
    memory.keep(PLACE)
    data = json.loads(memory._file.read_text())
    data["places"][0][field] = value
    memory._file.write_text(json.dumps(data))
    (found,) = memory.recall().places
    assert getattr(found, field) == getattr(place("/a"), field)


def test_a_file_of_an_earlier_version_with_the_language_is_read(memory: Memory) -> None:
    memory.keep(PLACE)
    data = json.loads(memory._file.read_text())
    assert "language" not in data["places"][0]
    data["places"][0]["language"] = "de"
    memory._file.write_text(json.dumps(data))
    assert memory.recall() == Recalled((PLACE,))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(places=st.lists(st.fixed_dictionaries(dict.fromkeys(("source", "job", "profile", "speed", "tab"), JSON))))
@examples(50)
def test_whatever_stands_in_the_file_it_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, places: list[dict[str, Any]]
) -> None:
    file = tmp_path_factory.getbasetemp() / FILE
    file.write_text(json.dumps({"version": 1, "places": places}))
    assert Memory(file).recall().trouble is None


def test_a_shipped_topology_is_written_down_by_name_and_a_file_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_one = loaded()
    assert source_of(shipped_one) == "classroom"
    (tmp_path / "classroom.yaml").write_bytes(shipped_one.file.read_bytes())
    monkeypatch.chdir(tmp_path)
    own: LoadedTopology = load(Path("classroom.yaml"))
    assert source_of(own) == str(tmp_path / "classroom.yaml")


def test_a_file_that_is_gone_is_missing(tmp_path: Path) -> None:
    there = tmp_path / "there.yaml"
    there.touch()
    assert not place(str(there)).missing
    assert place(str(tmp_path / "gone.yaml")).missing
    assert not PLACE.missing
