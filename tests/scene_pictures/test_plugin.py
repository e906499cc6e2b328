"""The pytest plugin, in a project that has nothing but vbtui and a scene."""

from __future__ import annotations

import subprocess
import sys

import pytest
from patience import PATIENCE

import vbtui.pictures.comparing
import vbtui.pictures.playing  # noqa: F401 - once: what a run inside this one imports is forgotten after it

pytest_plugins = ["pytester"]

SCENE = "topology: classroom\nsize: 80x24\nsteps:\n  - shot: start\n  - press: end\n  - shot: end\n"
TEST = "def test_it(vbtui_scene):\n    assert len(vbtui_scene('my.yaml')) == 2\n"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "my.yaml").write_text(SCENE, encoding="utf-8")
    (pytester.path / "test_it.py").write_text(TEST, encoding="utf-8")
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """As in a process of its own, which one test has: here, Textual has been imported."""
    return project.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_pictures_are_taken_over_and_then_hold(project: pytest.Pytester) -> None:
    missing = project.runpytest_subprocess("-p", "no:cacheprovider")
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*there is no picture yet*", "*--vbtui-update takes it over*"])
    run(project, "--vbtui-update").assert_outcomes(passed=1)
    kept = sorted(file.name for file in (project.path / "pictures").iterdir())
    assert kept == ["end.svg", "end.txt", "start.svg", "start.txt"]
    run(project).assert_outcomes(passed=1)
    assert not (project.path / "differences").exists()


def test_what_differs_is_quoted_and_shown_on_a_page(project: pytest.Pytester) -> None:
    run(project, "--vbtui-update").assert_outcomes(passed=1)
    golden = project.path / "pictures" / "start.txt"
    golden.write_text(golden.read_text("utf-8").replace("classroom", "<b>room</b>"), encoding="utf-8")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*start looks different*", "*- *<b>room</b>*", "*+ *classroom*"])
    page = (project.path / "differences" / "start.html").read_text("utf-8")
    assert "<b>room</b>" not in page
    assert "&lt;b&gt;room&lt;/b&gt;" in page
    assert page.count("data:image/svg+xml;base64,") == 2
    assert not (project.path / "differences" / "end.html").exists()


def test_colours_count_too(project: pytest.Pytester) -> None:
    run(project, "--vbtui-update").assert_outcomes(passed=1)
    golden = project.path / "pictures" / "end.svg"
    golden.write_text(golden.read_text("utf-8").replace("#56b4e9", "#ff0000"), encoding="utf-8")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*end looks different*", "*the text is the same, the colours are not*"])


def test_the_variable_does_the_same_as_the_option(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VBTUI_UPDATE", "1")
    run(project).assert_outcomes(passed=1)
    assert (project.path / "pictures" / "start.svg").is_file()


def test_what_is_wrong_with_a_scene_is_told_with_its_line(project: pytest.Pytester) -> None:
    (project.path / "my.yaml").write_text("topology: classroom\nsteps:\n  - shoot: start\n", encoding="utf-8")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*my.yaml:3:5: steps[[]0[]].shoot: unknown key (*did you mean 'shot'?)"])
    told = result.stdout.str()
    assert "vbtui/pictures/" not in told and "SceneError" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("steps:\n  - press: F2\n  - shot: a\n", "my.yaml:3:12: steps[0].press[0]: no key has this name"),
        ("steps:\n  - go: nowhere\n  - shot: a\n", "my.yaml:3:9: steps[0].go.event: there is no event of this name"),
        ("run: gone.jsonl\nsteps:\n  - shot: a\n", "my.yaml:2:6: run: there is no such file"),
    ],
)
def test_a_problem_is_told_once_and_without_our_code(project: pytest.Pytester, text: str, told: str) -> None:
    (project.path / "my.yaml").write_text(f"topology: classroom\n{text}", encoding="utf-8")
    result = run(project)
    result.assert_outcomes(failed=1)
    lines = [line for line in result.stdout.lines if "my.yaml" in line and "short test summary" not in line]
    assert [told in line for line in lines if not line.startswith("FAILED")] == [True]
    assert not [line for line in result.stdout.lines if "vbtui/pictures" in line or "SceneError" in line]


def test_a_file_that_is_no_saved_run_is_told_in_a_sentence(project: pytest.Pytester) -> None:
    (project.path / "my.yaml").write_text("topology: classroom\nrun: r.jsonl\nsteps:\n  - shot: a\n", encoding="utf-8")
    (project.path / "r.jsonl").write_text("nonsense\n", encoding="utf-8")
    result = run(project)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*r.jsonl*"])
    assert not [line for line in result.stdout.lines if "vbtui/pictures" in line or "BadRunLog" in line]


def test_a_test_run_without_pictures_pays_for_none() -> None:
    """Loading the plugin, as pytest does in every project, brings neither Textual nor the model nor YAML."""
    heavy = {"textual", "rich", "pydantic", "yaml", "networkx", "vbtui.topology", "vbtui.ui", "vbtui.engine"}
    code = f"import sys, vbtui.pictures.plugin; print(*sorted({heavy!r} & set(sys.modules) - before))"
    code = f"import sys, pytest; before = set(sys.modules); {code}"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert found.stdout.split() == []
