"""What is wrong with a file, as a line: every code in both languages, with its place, and nothing from it unescaped."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import pytest

import vbtui.engine
from vbtui.engine import errors
from vbtui.i18n import LANGUAGES, translator
from vbtui.render.failures import (
    DAMAGES,
    FAILURES,
    RUN_FAILURES,
    RUN_LOGS,
    engine_failure,
    run_failure,
    run_log_problem,
    system_failure,
)
from vbtui.render.printing import printable
from vbtui.render.problem_texts import PROBLEMS
from vbtui.render.problems import problem_line
from vbtui.topology import Problem, ProblemCode, TopologyError, parse


def engine_errors() -> dict[str, type[errors.EngineError]]:
    """By code, those of every module: which of them are imported already depends on the tests that ran before."""
    for module in walk_packages(vbtui.engine.__path__, "vbtui.engine."):
        import_module(module.name)
    found, todo = {}, [errors.EngineError]
    while todo:
        for kind in todo.pop().__subclasses__():
            found[kind.code] = kind
            todo.append(kind)
    return found


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_has_a_sentence(code: ProblemCode, language: str) -> None:
    names = fields_of(PROBLEMS[code]) | {"expected", "found", "suggestion"}
    problem = Problem(Path("x.yaml"), 3, 7, "nodes[1]", code, tuple((name, f"<{name}>") for name in sorted(names)))
    line = problem_line(translator(language), problem)
    if code is not ProblemCode.UNKNOWN_TOPOLOGY:
        assert line.startswith("x.yaml:3:7: nodes[1]: ")
    assert "<suggestion>" in line
    assert "{" not in line


def test_a_problem_says_where_what_was_expected_and_found_and_what_was_meant() -> None:
    text = "version: 1\nname: x\nzone: []\n"
    with pytest.raises(TopologyError) as caught:
        parse(text, Path("mine.yaml"))
    line = problem_line(translator("en"), caught.value.problems[-1])
    assert line.startswith("mine.yaml:3:1: ")
    assert "did you mean 'zones'?" in line


SLIPS = [
    ("datastores: [{name: [a, b]}]", "found a list of 2"),
    ("services: {web: 443}", "did you mean 'tcp/443'?"),
    ("services: {web: [443/TCP]}", "did you mean 'tcp/443'?"),
    ("services: {web: [902]}", "did you mean 'tcp/902'?"),
    ("firewalls: [{name: f, rules: [{services: [902]}]}]", "did you mean 'tcp/902'?"),
    ("zones:\n\t- {name: a}", "a tab where blanks are expected"),
    ("zones: [{name: a}\t, ]b", "this is not YAML"),
]


@pytest.mark.parametrize(("text", "said"), SLIPS)
def test_a_slip_of_the_pen_is_told_in_words_for_a_person(text: str, said: str) -> None:
    with pytest.raises(TopologyError) as caught:
        parse(f"version: 1\nname: x\n{text}\n", Path("mine.yaml"))
    lines = [problem_line(translator("en"), problem) for problem in caught.value.problems]
    assert any(said in line for line in lines), lines


@pytest.mark.parametrize("bad", ["\x1b[2J", "a\nb", "\x00", "\u202e", "\ud800"])
def test_control_characters_never_come_out_as_themselves(bad: str) -> None:
    problem = Problem(Path(f"x{bad}.yaml"), 1, 1, "", ProblemCode.BAD_VALUE, (("found", bad), ("expected", bad)))
    assert problem_line(translator("en"), problem).isprintable()
    assert printable(bad).isprintable()


def test_markup_in_a_name_is_only_text() -> None:
    problem = Problem(Path("x"), 1, 1, "", ProblemCode.BAD_NAME, (("found", "[bold]x[/bold]"),))
    assert "'[bold]x[/bold]'" in problem_line(translator("en"), problem)


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_every_failure_text_belongs_to_an_exception_and_uses_only_its_fields(code: str) -> None:
    kind = engine_errors()[code]
    assert fields_of(FAILURES[code]) <= set(getattr(kind, "__dataclass_fields__", {}))


def test_every_exception_of_the_engine_has_a_text() -> None:
    assert {code for code, kind in engine_errors().items() if kind is not errors.EngineError} <= set(FAILURES)
    assert set(RUN_FAILURES) <= set(FAILURES)


def test_failures_are_told_with_their_facts() -> None:
    say = translator("en")
    assert engine_failure(say, errors.UnknownDisk("p1", "d\x1b")) == "restore point 'p1' has no disk 'd\\x1b'"
    assert run_failure(say, "engine.peer-lost") == RUN_FAILURES["peer-lost"]
    assert run_failure(say, "os.28") == "No space left on device"
    assert run_failure(say, "something.else") == "something.else"
    assert system_failure(say, OSError(28, "No space left on device", "/x")).startswith("/x: ")


def test_run_logs_are_told_with_file_and_line() -> None:
    from vbtui.job import BadRunLog

    for code in RUN_LOGS:
        line = run_log_problem(translator("de"), BadRunLog(4, code, "x"), "run.jsonl")
        assert line.startswith("run.jsonl:4: ") and code not in line
    assert all(DAMAGES.values())
