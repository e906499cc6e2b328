"""The settings file from outside: what counts, what is told, and that nothing in it ends the program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.cli.settings import NO_SETTINGS, KeyEntry, read_settings, settings_file
from vbtui.i18n import translator
from vbtui.render.problems import problem_line


def written(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def told(file: Path) -> list[str]:
    found = [problem_line(translator("en"), problem) for problem in read_settings(file).problems]
    return [line.removeprefix(f"{file}:") for line in found]


def test_everything_that_it_may_say(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "language: de\ntheme: auto\nmotion: none\nascii: true\npredict: false\n"
        "keys:\n  walkthrough.play: [space, p]\n  data.quit: 7\n",
    )
    found = read_settings(file)
    assert (found.language, found.theme, found.motion, found.ascii, found.predict) == (
        "de",
        "auto",
        "none",
        True,
        False,
    )
    assert found.keys == (
        KeyEntry("walkthrough.play", ("space", "p"), f"{file}:7:3"),
        KeyEntry("data.quit", ("7",), f"{file}:8:3"),
    )
    assert found.problems == ()


def test_what_is_wrong_is_told_with_its_place_and_the_rest_counts(tmp_path: Path) -> None:
    file = written(tmp_path, "theme: drak\nmotoin: none\nascii: 1\nkeys:\n  a.b: []\n  c.d: [x, [y]]\nlanguage: de\n")
    assert told(file) == [
        "1:8: theme: this value is not possible (expected dark, light, auto, found 'drak', did you mean 'dark'?)",
        "2:1: motoin: unknown key (found 'motoin', did you mean 'motion'?)",
        "3:8: ascii: wrong type (expected true or false, found '1')",
        "5:8: keys.a.b: too few (expected at least 1, found '0')",
        "6:8: keys.c.d: wrong type (expected text, found a list)",
    ]
    assert read_settings(file).language == "de"


@pytest.mark.parametrize("text", ["", "   \n", "# nothing\n", "---\n"])
def test_an_empty_file_says_nothing(tmp_path: Path, text: str) -> None:
    assert told(written(tmp_path, text)) == []


def test_hostile_files_are_told_and_do_no_harm(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large"
    large.write_bytes(b"#" * 70_000)
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)))
    nested = tmp_path / "nested"
    nested.write_text("keys: " + "[" * 20_000)
    bomb = written(tmp_path, "a: &a [x]\nb: [*a, *a]\n")
    for file in (pipe, large, binary, nested, bomb, tmp_path, Path("/dev/zero"), tmp_path / "none", Path("a\0b")):
        found = read_settings(file)
        assert found.problems
        assert (found.language, found.keys) == (None, ())


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@examples(60)
def test_no_bytes_end_the_program(content: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(content)
        file.flush()
        for problem in read_settings(Path(file.name)).problems:
            assert problem_line(translator("de"), problem)


def test_where_the_file_is(tmp_path: Path) -> None:
    usual = tmp_path / "vbtui" / "config.yaml"
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert settings_file(home, None) is None
    assert settings_file({}, None) is None
    assert settings_file({"XDG_CONFIG_HOME": "relative"}, None) is None
    usual.parent.mkdir()
    usual.write_text("language: de\n")
    assert settings_file(home, None) == usual
    assert settings_file({"HOME": str(tmp_path)}, None) is None
    assert settings_file(home | {"VBTUI_CONFIG": "other"}, None) == Path("other")
    assert settings_file(home | {"VBTUI_CONFIG": "other"}, "named") == Path("named")
    assert read_settings(None) is NO_SETTINGS
