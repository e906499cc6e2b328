"""Files that are no topology: each is refused with a code and, where there is one, a place. Nothing else is raised."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vbtui.topology import Problem, ProblemCode, TopologyError, load
from vbtui.topology.loading import MAX_BYTES

Refused = Callable[[str], tuple[Problem, ...]]


def only_problem(path: Path) -> Problem:
    with pytest.raises(TopologyError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.file == path
    return problem


def test_a_missing_file(tmp_path: Path) -> None:
    problem = only_problem(tmp_path / "nowhere.yaml")
    assert (problem.code, problem.line, problem.where) == (ProblemCode.FILE_MISSING, None, "")


@pytest.mark.parametrize("name", ["nul\0byte.yaml", "file.yaml/below.yaml"])
def test_a_path_that_cannot_exist(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.yaml").write_text("version: 1")
    assert only_problem(tmp_path / name).code is ProblemCode.FILE_MISSING


def test_a_name_that_the_system_refuses(tmp_path: Path) -> None:
    problem = only_problem(tmp_path / ("x" * 5000))
    assert (problem.code, problem.params) == (ProblemCode.FILE_UNREADABLE, (("reason", "ENAMETOOLONG"),))


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert only_problem(tmp_path / "a.yaml").code is ProblemCode.FILE_UNREADABLE


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "closed.yaml"
    path.write_text("version: 1")
    path.chmod(0)
    assert only_problem(path).param("reason") == "EACCES"


def test_a_directory(tmp_path: Path) -> None:
    assert only_problem(tmp_path).code is ProblemCode.FILE_IS_DIRECTORY


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert only_problem(tmp_path / "pipe.yaml").code is ProblemCode.FILE_NOT_REGULAR


@pytest.mark.parametrize(
    ("data", "place", "found"),
    [
        pytest.param(b"\x7fELF\x02\x01\x01\x00\x00", (1, 1), "\\x7f", id="binary"),
        pytest.param(b"version: 1\nname: a\x00b\n", (2, 8), "\\x00", id="NUL"),
        pytest.param(b"version: 1\nname: \x1b[31mred\n", (2, 7), "\\x1b", id="escape sequence"),
        pytest.param("version: 1\n".encode("utf-16"), (1, 1), "\\xff", id="UTF-16"),
        pytest.param(b"# \xc3\xbc ok\nname: gr\xfc\xdfe\n", (2, 9), "\\xfc", id="Latin-1"),
    ],
)
def test_what_is_not_text(tmp_path: Path, data: bytes, place: tuple[int, int], found: str) -> None:
    (tmp_path / "file.yaml").write_bytes(data)
    problem = only_problem(tmp_path / "file.yaml")
    assert problem.code is ProblemCode.FILE_NOT_TEXT
    assert ((problem.line, problem.column), problem.param("found")) == (place, found)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"# nothing\n", b"---\n", b"~", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file.yaml").write_bytes(data)
    assert only_problem(tmp_path / "file.yaml").code is ProblemCode.FILE_EMPTY


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    with (tmp_path / "file.yaml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    problem = only_problem(tmp_path / "file.yaml")
    assert (problem.code, problem.params) == (ProblemCode.FILE_TOO_LARGE, (("limit", MAX_BYTES),))


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, sound: str) -> None:
    (tmp_path / "file.yaml").write_bytes(b"\xef\xbb\xbf" + sound.encode())
    assert load(tmp_path / "file.yaml").topology.name == "sound"


BOMBS = [
    pytest.param("[" * 50_000, ProblemCode.TOO_DEEP, (1, 33), (("limit", 32),), id="50,000 brackets"),
    pytest.param("{a: " * 50_000, ProblemCode.TOO_DEEP, (1, 129), (("limit", 32),), id="50,000 braces"),
    pytest.param("- " * 50_000, ProblemCode.TOO_DEEP, (1, 65), (("limit", 32),), id="50,000 dashes"),
    pytest.param("a: !!python/object/apply:os.system [x]", ProblemCode.TAG, (1, 4), None, id="tag"),
    pytest.param("a: 1\n---\nb: 2\n", ProblemCode.SECOND_DOCUMENT, (2, 1), (), id="second document"),
    pytest.param("a: 1\nb: [1, 2\n", ProblemCode.SYNTAX, (3, 1), None, id="open bracket"),
    pytest.param("a: 1\n\tb: 2\n", ProblemCode.TAB, (2, 1), None, id="tab"),
    pytest.param("? [a, b]\n: 1\n", ProblemCode.KEY_NOT_TEXT, (1, 3), (), id="list as a key"),
    pytest.param("%YAML 9.9\n---\na: 1\n", ProblemCode.SYNTAX, (1, 1), None, id="directive"),
]


@pytest.mark.parametrize(("text", "code", "place", "params"), BOMBS)
def test_yaml_that_a_topology_must_not_have(
    refused: Refused, text: str, code: ProblemCode, place: tuple[int, int], params: tuple[object, ...] | None
) -> None:
    (problem,) = (problem for problem in refused(text) if problem.code is code)
    assert (problem.line, problem.column) == place
    if params is not None:
        assert problem.params == params


def test_an_alias_bomb_is_named_and_not_unfolded(refused: Refused) -> None:
    levels = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    problems = refused("\n".join(levels))
    anchors = [(p.line, p.column, p.param("found")) for p in problems if p.code is ProblemCode.ANCHOR]
    aliases = [(p.line, p.column, p.where, p.param("found")) for p in problems if p.code is ProblemCode.ALIAS]
    assert anchors[:2] == [(1, 5, "a0"), (2, 5, "a1")]
    assert aliases[:2] == [(2, 10, "a1[0]", "a0"), (2, 15, "a1[1]", "a0")]
    assert (problems[-1].code, len(problems)) == (ProblemCode.MORE, 51)


def test_a_million_faults_end_with_a_count(refused: Refused) -> None:
    problems = refused("name: x\n" + "".join(f"key{i}: &a 1\n" for i in range(5_000)))
    assert len(problems) == 51
    assert problems[-1].code is ProblemCode.MORE
    count = problems[-1].param("count")
    assert isinstance(count, int)
    assert count > 900


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("- a\n" * 20, (10, 3), id="items"),
        pytest.param("".join(f"k{number}: a\n" for number in range(20)), (5, 5), id="keys and values"),
        pytest.param("- {}\n" * 20, (10, 3), id="mappings"),
        pytest.param("[" + "[], " * 20 + "]", (1, 38), id="lists"),
        pytest.param("- &a x\n" + "- *a\n" * 20, (10, 3), id="aliases"),
    ],
)
def test_reading_stops_at_the_limit_of_values(
    monkeypatch: pytest.MonkeyPatch, refused: Refused, text: str, place: tuple[int, int]
) -> None:
    monkeypatch.setattr("vbtui.topology.yaml_events.MAX_VALUES", 10)
    problem = refused(text)[-1]
    assert (problem.code, problem.params) == (ProblemCode.TOO_MANY_VALUES, (("limit", 10),))
    assert (problem.line, problem.column) == place


def test_a_key_again_and_again_names_its_first_line(refused: Refused) -> None:
    found = refused("a: 1\nb: {c: 1,\n c: [2],\n c: {d: 1, d: 2}}\na: {x: 1, x: 2}\nb: 3\n")
    twice = [(p.line, p.where, p.param("first_line")) for p in found if p.code is ProblemCode.DUPLICATE_KEY]
    assert twice == [(3, "b.c", 2), (4, "b.c", 2), (4, "b.c.d", 4), (5, "a", 1), (5, "a.x", 5), (6, "b", 2)]


def test_a_key_twice_names_both_lines(refused: Refused, sound: str) -> None:
    (problem,) = refused(sound + "name: again\n")
    lines = sound.count("\n")
    assert (problem.code, problem.line, problem.column) == (ProblemCode.DUPLICATE_KEY, lines + 1, 1)
    assert (problem.where, problem.param("found"), problem.param("first_line")) == ("name", "name", 2)


@pytest.mark.parametrize(("text", "kind"), [("- a\n- b\n", "list"), ("hello", "text"), ("42", "integer")])
def test_a_document_that_is_no_mapping(refused: Refused, text: str, kind: str) -> None:
    (problem,) = refused(text)
    assert (problem.code, problem.line, problem.column) == (ProblemCode.WRONG_TYPE, 1, 1)
    assert (problem.param("expected"), problem.param("found_type")) == ("mapping", kind)


def test_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_text("name: [bold]\n")
    with pytest.raises(TopologyError):
        load(tmp_path / "file.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["file.yaml"]
