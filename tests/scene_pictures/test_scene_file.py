"""Scene files: what may be said, and what is told of everything else, at its line and all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.i18n import LANGUAGES, translator
from vbtui.pictures.playing import play
from vbtui.pictures.scene import LEAST, SceneError, Screen, Size, load_scene, scene_schema
from vbtui.render.problems import problem_lines
from vbtui.topology import TopologyError, load, resolve
from vbtui.ui import Motion, Shown, measures
from vbtui.workflow import simulate

SCENES = Path(__file__).parents[1] / "scenes"


def told(file: Path) -> list[str]:
    """What is wrong with a scene file, without the file's name."""
    with pytest.raises(SceneError) as caught:
        play(load_scene(file))
    return [line.removeprefix(f"{file}:") for line in problem_lines(translator("en"), caught.value)]


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    def write(text: str) -> Path:
        file = tmp_path / "my.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_everything_that_is_wrong_is_told_at_once_with_line_and_column(scene: Any) -> None:
    file = scene(
        "topolgy: classroom\n"
        "size: 80x\n"
        "theme: drak\n"
        "colour: yes\n"
        "steps:\n"
        "  - goo: x\n"
        "  - go: {outcome: fial, knid: connect}\n"
        "  - go: 5.9\n"
        "  - press: []\n"
        "  - wait: -1\n"
        "  - {shot: a, press: b}\n"
        "  - {}\n"
        "  - go: {}\n"
        "  - shot: ../x\n"
        "  - foo\n"
    )
    steps = "1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 2.1, 2.2, 2.3, 3, 4, 5.1, 5.2, 5.3, 6"
    outcomes = "ok, waiting, fallback, skipped, warning, fail"
    name = "letters, digits, '_', '.' and '-', at most 63, the first a letter, digit or '_'"
    assert told(file) == [
        "1:1: the key 'topology' is missing",
        "1:1: topolgy: unknown key (found 'topolgy', did you mean 'topology'?)",
        "2:7: size: this is not a size (expected a size such as 80x24, found '80x')",
        "3:8: theme: this value is not possible (expected dark, light, found 'drak', did you mean 'dark'?)",
        "4:9: colour: wrong type (expected true or false, found 'yes')",
        "6:5: steps[0].goo: unknown key (found 'goo', did you mean 'go'?)",
        (
            f"7:19: steps[1].go.outcome: this value is not possible (expected {outcomes}, found 'fial', "
            "did you mean 'fail'?)"
        ),
        "7:25: steps[1].go.knid: unknown key (found 'knid', did you mean 'kind'?)",
        f"8:9: steps[2].go: this value is not possible (expected {steps}, found '5.9', did you mean '5.3'?)",
        "9:12: steps[3].press: too few (expected at least 1, found 0)",
        "10:11: steps[4].wait: out of range (expected >= 0, found '-1')",
        "11:5: steps[5]: too many (expected at most 1, found a mapping of 2)",
        "12:5: steps[6]: too few (expected at least 1, found a mapping of 0)",
        "13:9: steps[7].go: too few (expected at least 1, found a mapping of 0)",
        f"14:11: steps[8].shot: this is not a name: {name} (found '../x')",
        "15:5: steps[9]: wrong type (expected a mapping, found 'foo')",
    ]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (
            "go: legacy01/2.1/guest-windows/vbr01/legacy01/tcp-446",
            ("3:9: steps[0].go.event: there is no event of this name (found "
            "'legacy01/2.1/guest-windows/vbr01/legacy01/tcp-446', did you mean "
            "'legacy01/2.1/guest-windows/vbr01/legacy01/tcp-445'?)"),
        ),
        ("go: {vm: legcy01}", ("3:14: steps[0].go.vm: there is no VM of this name (found 'legcy01', did you mean "
         "'legacy01'?)")),
        (
            "go: {outcome: fail, vm: web01}",
            "3:9: steps[0].go: no event of the walk fits (found 'outcome: fail, vm: web01')",
        ),
        ("press: [rigth]", "3:13: steps[0].press[0]: no key has this name (found 'rigth', did you mean 'right'?)"),
        ("press: [F2]", "3:13: steps[0].press[0]: no key has this name (found 'F2', did you mean 'f2'?)"),
        ("press: [G, Ctrl+P]", ("3:16: steps[0].press[1]: no key has this name (found 'Ctrl+P', did you mean "
         "'ctrl+p'?)")),
        ("press: ctrl+P", "3:12: steps[0].press[0]: no key has this name (found 'ctrl+P', did you mean 'ctrl+p'?)"),
        ("press: Enter", "3:12: steps[0].press[0]: no key has this name (found 'Enter', did you mean 'enter'?)"),
        ("go: 470", "3:9: steps[0].go.event: there is no event of this name (found '470')"),
        ("go: 0", "3:9: steps[0].go.event: there is no event of this name (found '0')"),
        ("press: r", "3:5: steps[0]: a scene performs no job: name a saved run under 'run'"),
    ],
)  # fmt: skip
def test_what_the_walk_or_the_keyboard_does_not_have_is_named(scene: Any, step: str, line: str) -> None:
    assert told(scene(f"topology: classroom\nsteps:\n  - {step}\n  - shot: a\n")) == [line]


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        ("10x5", ["2:7: size: out of range (expected >= 60x20, found '10x5')"]),
        ("[80x24, 59x20, 60x19]", [
            "2:15: size[1]: out of range (expected >= 60x20, found '59x20')",
            "2:22: size[2]: out of range (expected >= 60x20, found '60x19')",
        ]),
    ],
)  # fmt: skip
def test_a_size_at_which_the_app_shows_nothing_is_refused(scene: Any, size: str, lines: list[str]) -> None:
    assert LEAST == measures.LEAST
    assert told(scene(f"topology: classroom\nsize: {size}\nsteps:\n  - shot: a\n")) == lines
    (shot,) = play(load_scene(scene("topology: classroom\nsize: 60x20\nsteps:\n  - shot: a\n")))
    assert "vbtui needs" not in shot.frame.text


def test_a_step_may_show_that_there_is_no_room(scene: Any) -> None:
    (shot,) = play(load_scene(scene("topology: classroom\nsteps:\n  - resize: 59x20\n  - shot: a\n")))
    assert "vbtui needs at least 60x20" in shot.frame.text


def test_go_takes_a_number_an_id_or_a_step_as_everybody_does(scene: Any) -> None:
    """By its number an event is not mistaken for a step: 3 is the third event, and step 3 has a mapping."""

    def shown(place: str) -> str:
        (shot,) = play(load_scene(scene(f"topology: classroom\nsteps:\n  - go: {place}\n  - shot: a\n")))
        return shot.frame.text

    classroom = load(resolve("classroom")).topology
    trace = simulate(classroom, classroom.jobs[0])
    assert shown("47") == shown(trace[46].id) == shown("{event: 47}")
    first = trace.first_of("5.3")
    assert first is not None
    assert shown("5.3") == shown(first.id)
    assert shown("{step: 3}") != shown("3")


def test_a_number_may_go_with_what_is_known_of_the_event(scene: Any) -> None:
    text = "topology: classroom\nsteps:\n  - go: {event: 47, vm: nobody}\n  - shot: a\n"
    assert told(scene(text)) == ["3:25: steps[0].go.vm: there is no VM of this name (found 'nobody')"]


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ("  - press: q\n  - shot: a\n", "4:5: steps[1]"),
        ("  - press: [right, q, left]\n  - shot: a\n", "3:23: steps[0].press[2]"),
        ("  - type: 2qx\n  - shot: a\n", "3:11: steps[0].type"),
        ("  - press: ctrl+q\n  - wait: 1\n  - shot: a\n", "4:5: steps[1]"),
    ],
)
def test_a_scene_that_goes_on_after_the_app_has_ended_is_refused(scene: Any, steps: str, place: str) -> None:
    assert told(scene(f"topology: classroom\nsteps:\n{steps}")) == [
        f"{place}: the scene goes on here after the app has ended"
    ]


def test_a_scene_may_end_the_app_with_its_last_key(scene: Any) -> None:
    (shot,) = play(load_scene(scene("topology: classroom\nsteps:\n  - shot: a\n  - press: [right, q]\n")))
    assert shot.name == "a"


def test_an_event_is_looked_for_in_the_walk_as_keys_have_left_it(scene: Any) -> None:
    """Before keys are pressed nobody knows which walk it will be, so the place is judged when it is reached."""
    file = scene("topology: classroom\nsteps:\n  - press: right\n  - go: {vm: nobody}\n  - shot: a\n")
    assert told(file) == ["4:14: steps[1].go.vm: there is no VM of this name (found 'nobody')"]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("job: dayli", "2:6: job: there is no job of this name (found 'dayli', did you mean 'daily'?)"),
        ("changes: [nonsense]", ("2:11: changes[0]: this value is not possible (expected EVENT:KIND=ARGUMENTS, "
         "found 'nonsense')")),
        ("changes: ['job/1.0/star:kill=px-san']", ("2:11: changes[0]: there is no event of this name "
         "(found 'job/1.0/star', did you mean 'job/1.0/start'?)")),
        ("changes: ['5:kill=px-san', '999:kill=px-vm']", ("2:28: changes[1]: there is no event of this name "
         "(found '999')")),
        ("changes: ['5:kill=vbr01']", ("2:11: changes[0]: this value is not possible (expected px-san, px-vm, repo01, "
         "found 'kill=vbr01')")),
        ("run: gone.jsonl", "2:6: run: there is no such file (found 'gone.jsonl')"),
    ],
)  # fmt: skip
def test_what_the_topology_does_not_have_is_named(scene: Any, field: str, line: str) -> None:
    assert told(scene(f"topology: classroom\n{field}\nsteps:\n  - shot: a\n")) == [line]


def test_a_topology_that_is_nowhere_is_told_at_its_line(scene: Any) -> None:
    (line,) = told(scene("# a comment\ntopology: clasroom\nsteps:\n  - shot: a\n"))
    assert line.startswith("2:11: topology: 'clasroom' is neither a file nor a shipped topology")
    (line,) = told(scene("topology: gone.yaml\nsteps:\n  - shot: a\n"))
    assert line == "1:11: topology: there is no such file (found 'gone.yaml')"


def test_two_pictures_of_one_name_are_refused_also_where_only_case_differs(scene: Any) -> None:
    (line,) = told(scene("topology: classroom\nsteps:\n  - shot: a\n  - shot: A\n"))
    assert line == "4:11: steps[1].shot: a second picture of this name; the first is in line 3 (found 'A')"


def test_a_scene_without_a_picture_is_none(scene: Any) -> None:
    assert told(scene("topology: classroom\nsteps:\n  - press: right\n")) == ["3:3: steps: the key 'shot' is missing"]


def test_a_topology_lies_beside_its_scene(tmp_path: Path) -> None:
    from vbtui.topology import resolve

    (tmp_path / "lab.yaml").write_text(resolve("classroom").read_text("utf-8"), encoding="utf-8")
    file = tmp_path / "my.yaml"
    file.write_text("topology: lab.yaml\nsize: 80x24\nsteps:\n  - shot: a\n", encoding="utf-8")
    (shot,) = play(load_scene(file))
    assert "classroom" in shot.frame.text


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 60_000,
        "a: &a [x]\nb: [*a, *a]",
        "- " * 5_000,
        "{a: " * 60_000,
        "topology: !!python/object:os.system x",
        "",
    ],
)
def test_a_file_made_to_break_a_reader_breaks_nothing(scene: Any, bomb: str) -> None:
    with pytest.raises(TopologyError):
        load_scene(scene(bomb))


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["go", "press", "wait", "shot", "size", "steps", "topology", "event", "step", "x"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@examples(150)
@given(data=VALUES)
def test_any_data_is_a_scene_or_is_refused_with_its_place(tmp_path_factory: Any, data: Any) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        load_scene(file)
    except SceneError as error:
        assert error.problems
        assert all(problem.file == file for problem in error.problems)
        assert problem_lines(translator("de"), error)


@examples(60)
@given(cut=st.integers(min_value=0, max_value=400), put=st.text(max_size=3))
def test_a_scene_with_a_hole_in_it_is_read_or_refused(tmp_path_factory: Any, cut: int, put: str) -> None:
    text = (SCENES / "copying.yaml").read_text("utf-8")
    file = tmp_path_factory.getbasetemp() / "hole.yaml"
    file.write_bytes((text[:cut] + put + text[cut + 2 :]).encode("utf-8", "surrogatepass"))
    try:
        load_scene(file)
    except SceneError as error:
        assert problem_lines(translator("en"), error)


def test_the_schema_accepts_every_scene_of_ours_and_refuses_what_the_reader_refuses() -> None:
    validator = jsonschema.Draft7Validator(scene_schema())
    jsonschema.Draft7Validator.check_schema(scene_schema())
    for file in SCENES.glob("*.yaml"):
        assert not list(validator.iter_errors(yaml.safe_load(file.read_text("utf-8")))), file
    wrong: tuple[list[object], ...] = (
        [], [{}], [{"shot": "a", "press": "b"}], [{"goo": 1}], [{"wait": -1}], [{"shot": "../x"}], ["x"]
    )  # fmt: skip
    for steps in wrong:
        assert list(validator.iter_errors({"topology": "classroom", "steps": steps})), steps
    assert list(validator.iter_errors({"topology": "classroom", "steps": [{"shot": "a"}], "size": "80"}))


def test_the_words_of_a_scene_are_those_of_the_rooms_that_they_mean() -> None:
    properties = scene_schema()["properties"]
    assert properties["language"]["enum"] == list(LANGUAGES)
    assert properties["motion"]["enum"] == [motion.value for motion in Motion]
    assert set(Screen.__args__) <= {shown.value for shown in Shown}  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["0x24", "80x", "x24", "80 x 24", "401x24", "80x201", "٨٠x٢٤", "-1x5", "80x24\n"])
def test_a_size_that_no_terminal_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Size.parse(text)
