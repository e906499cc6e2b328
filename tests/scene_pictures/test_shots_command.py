"""`vbtui shots` and `vbtui record`: what they write, what they never touch, and how they refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from vbtui.cli.entry import run
from vbtui.cli.shots import FORMS
from vbtui.cli.wanted_scene import THEMES
from vbtui.job import Record, RecordKind, RunLog, write_run_log
from vbtui.pictures import png
from vbtui.pictures.opened import opened
from vbtui.pictures.playing import play
from vbtui.pictures.scene import Theme, load_scene
from vbtui.pictures.shots import Form, documents, write
from vbtui.vocabulary import MiB

SCENE = "topology: classroom\nsize: 80x24\nsteps:\n  - shot: start\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(SCENE, encoding="utf-8")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_every_form_is_written_and_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shots", "my.yaml", "-o", "out/deep", "--format", "svg,text,png,html"], {}) == 0
    assert names(here / "out" / "deep") == ["index.html", "start.png", "start.svg", "start.txt"]
    assert capsys.readouterr().out.split() == [f"out/deep/start.{one}" for one in ("svg", "txt", "png")] + [
        "out/deep/index.html"
    ]
    assert (here / "out/deep/start.png").read_bytes().startswith(b"\x89PNG")
    assert tuple(Form) == FORMS
    assert tuple(Theme) == THEMES


def test_the_environment_of_whoever_takes_a_picture_is_not_in_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["shots", "my.yaml", "-o", "a"], {}) == 0
    for name, value in {"NO_COLOR": "1", "TERM": "linux", "TMUX": "x", "VBTUI_MOTION": "none", "LANG": "de_DE"}.items():
        monkeypatch.setenv(name, value)
    assert run(["shots", "my.yaml", "-o", "b"], {}) == 0
    assert (here / "a/start.svg").read_bytes() == (here / "b/start.svg").read_bytes()


def test_the_command_line_has_the_last_word(here: Path) -> None:
    assert run(["shots", "my.yaml", "-o", "a", "--format", "text", "--lang", "de", "--size", "120x40"], {}) == 0
    text = (here / "a" / "start.txt").read_text("utf-8")
    assert "Der Zeitplan startet den Job daily." in text
    assert len(text.splitlines()) == 40
    assert run(["shots", "my.yaml", "-o", "a"], {}) == 0
    assert run(["shots", "my.yaml", "-o", "b", "--theme", "light"], {}) == 0
    assert (here / "a/start.svg").read_bytes() != (here / "b/start.svg").read_bytes()


def test_check_writes_nothing_and_says_what_would_change(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shots", "my.yaml", "-o", "out", "--check"], {}) == 1
    assert not (here / "out").exists()
    assert run(["shots", "my.yaml", "-o", "out"], {}) == 0
    capsys.readouterr()
    assert run(["shots", "my.yaml", "-o", "out", "--check"], {}) == 0
    assert capsys.readouterr().out == ""
    (here / "out/start.svg").write_text("changed", encoding="utf-8")
    assert run(["shots", "my.yaml", "-o", "out", "--check"], {}) == 1
    assert capsys.readouterr().out == "out/start.svg\n"


def test_if_one_scene_cannot_be_played_no_picture_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text(SCENE + "  - go: nowhere\n", encoding="utf-8")
    assert run(["shots", "my.yaml", "bad.yaml", "-o", "out"], {}) == 2
    assert not (here / "out").exists()
    assert capsys.readouterr().err.startswith("bad.yaml:5:9: steps[1].go.event: there is no event of this name")


def test_a_link_in_the_folder_is_replaced_and_not_followed(here: Path) -> None:
    (here / "precious").write_text("mine", encoding="utf-8")
    (here / "out").mkdir()
    (here / "out/start.svg").symlink_to(here / "precious")
    (here / "out/.start.svg.part").symlink_to(here / "precious")
    assert run(["shots", "my.yaml", "-o", "out"], {}) == 0
    assert (here / "precious").read_text("utf-8") == "mine"
    assert not (here / "out/start.svg").is_symlink()
    assert names(here / "out") == ["start.svg"]


@pytest.mark.parametrize("name", ["../x.svg", "a/b.svg", "/x.svg", ".svg", "..", "x\0.svg"])
def test_no_name_leads_out_of_the_folder(here: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        write({name: b""}, here / "out")
    assert not (here / "out").exists()


def test_a_disk_that_is_full_leaves_the_old_pictures(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.svg": b"old", "b.svg": b"old"}, here / "out")
    opened = Path.open

    def full(path: Path, *mode: Any) -> object:
        if path.name == ".b.svg.part":
            raise OSError(28, "No space left on device")
        return opened(path, *mode)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="space"):
        write({"a.svg": b"new", "b.svg": b"new"}, here / "out")
    monkeypatch.undo()
    assert names(here / "out") == ["a.svg", "b.svg"]
    assert {file.read_bytes() for file in (here / "out").iterdir()} == {b"old"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["shots"], "SCENE is missing"),
        (["shots", "my.yaml"], "-o DIR is missing"),
        (["shots", "my.yaml", "-o", "my.yaml"], "my.yaml is not a folder"),
        (["shots", "my.yaml", "-o", "o", "--format", "jpg"], "there is no form 'jpg'; there are svg, text, png, html"),
        (["shots", "my.yaml", "-o", "o", "--format", "sgv"], "(did you mean 'svg'?)"),
        (["shots", "my.yaml", "-o", "o", "--size", "80"], "'80' is no size of a terminal"),
        (["shots", "my.yaml", "-o", "o", "--size", "5x5"], "5x5 is too small for the app: expected at least 60x20"),
        (["record", "classroom", "-o", "x.cast", "--size", "60x19"], "60x19 is too small for the app"),
        (["shots", "gone.yaml", "-o", "o"], "gone.yaml: there is no such file"),
        (["shots", "my.yaml", "my.yaml", "-o", "o"], "two pictures are called 'start'"),
        (["record", "classroom", "-o", "x.gif"], "x.gif ends in neither .cast nor .html"),
        (["record", "clasroom", "-o", "x.cast"], "did you mean 'classroom'?"),
        (["record", "classroom", "--job", "dayli", "-o", "x.cast"], "there is no job 'dayli'"),
        (["record", "classroom", "-o", "my.yaml/x.cast"], "there is no folder my.yaml"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(arguments, {}) == 2
    assert told in capsys.readouterr().err
    assert names(here) == ["my.yaml"]


def test_without_resvg_or_a_font_png_says_what_to_install(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png, "_family", lambda: None)
    assert run(["shots", "my.yaml", "-o", "out", "--format", "png"], {}) == 2
    told = capsys.readouterr().err
    assert "DejaVu Sans Mono" in told
    assert "fonts-dejavu-core" in told
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    assert run(["shots", "my.yaml", "-o", "out", "--format", "png"], {}) == 2
    assert "pip install 'vbtui[png]'" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_font_that_is_missing_is_noticed_although_resvg_says_nothing() -> None:
    assert png._letter("M", "No Such Font At All") == png._letter("", "No Such Font At All")
    assert png._letter("M", png._family() or "") != png._letter("", "")


def test_a_number_in_a_circle_that_the_font_lacks_is_drawn_with_small_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '<text class="r1" x="12.2" y="20" textLength="61" clip-path="url(#l)">━&#160;⑫&lt;┛</text>'
    piece = '<text class="r1" x="{}" y="20" textLength="{}" clip-path="url(#l)"{}>{}</text>'
    monkeypatch.setattr(png, "_has", lambda *_: False)
    small = ' dy="-3.4" style="font-size: 50%"'
    parts = [(12.2, 24.4, "", "━&#160;"), (36.6, 12.2, small, "12"), (48.8, 24.4, "", "&lt;┛")]
    assert png._TEXT.sub(lambda found: png._drawable(found, ""), text) == "".join(piece.format(*one) for one in parts)
    assert png._TEXT.sub(lambda found: png._drawable(found, ""), text.replace("⑫", "⑩")) == text.replace("⑫", "⑩")


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shots", "--schema"], {}) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "vbtui scene"


def test_the_page_has_every_picture_as_seen_and_as_text(here: Path) -> None:
    page = documents(play(load_scene(here / "my.yaml")), [Form.HTML], language="de")["index.html"].decode()
    assert '<html lang="de">' in page
    assert "Der Zeitplan" not in page
    assert "The schedule starts job daily." in page
    assert page.count("data:image/svg+xml;base64,") == 1


def test_a_scene_is_recorded_as_it_is_opened(here: Path) -> None:
    Path("my.yaml").write_text(SCENE.replace("size: 80x24", "size: 80x24\nlanguage: de"), encoding="utf-8")
    assert run(["record", "my.yaml", "-o", "run.cast"], {}) == 0
    text = (here / "run.cast").read_text("utf-8")
    assert json.loads(text.splitlines()[0])["width"] == 80
    assert "Der Zeitplan startet den Job daily." in text
    assert run(["record", "my.yaml", "-o", "run.cast"], {}) == 2
    assert run(["record", "my.yaml", "-o", "run.cast", "--force"], {}) == 0
    assert (here / "run.cast").read_text("utf-8") == text


def test_the_order_of_sets_is_in_no_picture(here: Path) -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "vbtui", "shots", "my.yaml", "-o", seed, "--format", "svg,text"]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=PATIENCE)
    assert names(here / "1") == names(here / "2") == ["start.svg", "start.txt"]
    assert all((here / "1" / name).read_bytes() == (here / "2" / name).read_bytes() for name in names(here / "1"))


def test_a_change_names_its_event_by_id_number_or_step(here: Path) -> None:
    walk = opened(load_scene(here / "my.yaml")).trace
    first = walk.first_of("1.3")
    assert first is not None
    for event in (first.id, str(first.position + 1), "1.3"):
        scene = f"topology: classroom\nchanges: ['{event}:kill=px-san']\nsteps:\n  - shot: a\n"
        (here / "my.yaml").write_text(scene, encoding="utf-8")
        found = opened(load_scene(here / "my.yaml"))
        assert found.trace.changes == (f"{first.id}:kill=px-san",)
        assert tuple(map(str, found.opening.changes)) == found.trace.changes


def test_a_saved_run_lies_over_the_walk(here: Path) -> None:
    """Its job, ports and changes are those that were performed, and its figures are measured ones."""
    copy, amounts = "legacy01/legacy01.vmdk/5.3/data", {"processed": 64, "read": 20, "transferred": 9}
    records = tuple(
        Record(1, copy, RecordKind.BYTES, name, value * MiB) for name, value in amounts.items()
    )  # fmt: skip
    trace = opened(load_scene(here / "my.yaml")).trace
    log = RunLog(trace.topology, trace.job, trace.profile, trace.changes, "classroom", "paced", records)
    write_run_log(log, here / "run.jsonl")
    scene = f"topology: classroom\nrun: run.jsonl\nsteps:\n  - go: {copy}\n  - shot: copied\n"
    (here / "my.yaml").write_text(scene, encoding="utf-8")
    (shot,) = play(load_scene(here / "my.yaml"))
    assert "measured" in shot.frame.text
    assert "20 MiB" in shot.frame.text


def test_a_saved_run_that_is_none_is_named_with_its_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "run.jsonl").write_text("{}\n", encoding="utf-8")
    (here / "my.yaml").write_text(SCENE.replace("steps:", "run: run.jsonl\nsteps:"), encoding="utf-8")
    assert run(["shots", "my.yaml", "-o", "out"], {}) == 2
    assert capsys.readouterr().err.startswith("run.jsonl:1:")
    assert run(["record", "my.yaml", "-o", "x.cast"], {}) == 2
    assert capsys.readouterr().err.startswith("run.jsonl:1:")
