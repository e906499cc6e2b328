"""Recordings: another terminal shows what the app shows, the page holds the same, and nothing from a file becomes
markup, script or control characters."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyte
import pytest

from vbtui.pictures.cast import cast_of
from vbtui.pictures.frame import Frame, Ink, Run
from vbtui.pictures.opened import opened
from vbtui.pictures.page import hashed
from vbtui.pictures.recording import MOST_EVENTS, Recording, Take, TooLongError, record
from vbtui.pictures.replay import replay_of
from vbtui.pictures.scene import LoadedScene, Size, scene_of
from vbtui.topology import resolve
from vbtui.trace import Trace

SIZE = Size(80, 24)


def opening(**changes: object) -> LoadedScene:
    """The classroom, opened as said."""
    loaded = scene_of(resolve("classroom"))
    return replace(loaded, scene=loaded.scene.model_copy(update=changes))


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(opened(opening()), SIZE)


def test_every_event_is_a_frame_and_the_same_walk_the_same_recording(recording: Recording) -> None:
    found = opened(opening())
    assert len(recording.takes) == len(found.trace)
    assert [take.at for take in recording.takes] == sorted({take.at for take in recording.takes})
    assert record(found, SIZE) == recording
    assert all(len(take.frame.rows) == SIZE.rows for take in recording.takes)
    assert all(sum(len(run.text) for run in row) == SIZE.columns for take in recording.takes for row in take.frame.rows)


def test_another_terminal_shows_the_text_and_the_colours_of_every_frame(recording: Recording) -> None:
    header, *events = (json.loads(line) for line in cast_of(recording).splitlines())
    assert (header["version"], header["width"], header["height"]) == (2, 80, 24)
    assert "timestamp" not in header
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    written = {round(at * 1000): data for at, kind, data in events if kind == "o"}
    for take in recording.takes:
        stream.feed(written.get(take.at, ""))
        assert tuple(line.rstrip() for line in screen.display) == take.frame.lines, take.told
        for y, row in enumerate(take.frame.rows):
            x = 0
            for run in row:
                cell = screen.buffer[y][x]
                assert (cell.fg, cell.bg) == tuple("{:02x}{:02x}{:02x}".format(*one) for one in colours(run.ink))
                assert cell.bold == run.ink.bold
                x += len(run.text)
    assert screen.cursor.hidden
    stream.feed(events[-1][2])
    assert not screen.cursor.hidden


def colours(ink: Ink) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    return ink.foreground, ink.background


def test_a_cast_has_a_marker_where_each_step_begins_and_waits_for_nothing(recording: Recording) -> None:
    events = [json.loads(line) for line in cast_of(recording).splitlines()[1:]]
    markers = [data for _, kind, data in events if kind == "m"]
    assert markers[0] == "1.0 The job is started"
    assert "5.3 Network mode (NBD) · legacy01" in markers
    assert len(markers) == len(set(markers)) == sum(take.begins for take in recording.takes)
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 4


def test_in_german_the_recording_is_german() -> None:
    recording = record(opened(opening(language="de")), SIZE)
    assert recording.takes[0].told == "Der Zeitplan startet den Job daily."
    page = replay_of(recording)
    assert '<html lang="de">' in page
    assert "Abspielen" in page


def test_a_walk_that_is_too_long_is_refused(recording: Recording) -> None:
    found = opened(opening())
    events = tuple(found.trace) * (MOST_EVENTS // len(found.trace) + 1)

    class Long(Trace):
        def __len__(self) -> int:
            return len(events)

    trace = found.trace
    long = Long(**{name: getattr(trace, name) for name in trace.__dataclass_fields__})
    with pytest.raises(TooLongError):
        record(replace(found, trace=long), SIZE)
    assert recording.takes


# ---- the page -------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a browser finds on a page: its elements, and the text of each kind."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.texts["script"][0])
        return found


def shown(data: dict[str, Any]) -> list[tuple[str, ...]]:
    """The lines of every frame, as the page's script puts them together."""
    frames: list[dict[int, int]] = []
    for changes in data["frames"]:
        rows = dict(frames[-1]) if frames else {}
        rows |= dict(zip(changes[::2], changes[1::2], strict=True))
        frames.append(rows)
    return [
        tuple("".join(data["rows"][rows[y]][1::2]).rstrip() for y in range(len(rows))) for rows in frames
    ]  # fmt: skip


def test_the_page_holds_the_text_of_every_frame(recording: Recording) -> None:
    page = Page(replay_of(recording))
    assert shown(page.data) == [take.frame.lines for take in recording.takes]
    assert [page.data["names"][one] for one in page.data["step"]] == [take.step for take in recording.takes]


def test_the_page_asks_for_nothing_from_elsewhere_and_runs_only_its_own_script(recording: Recording) -> None:
    text = replay_of(recording)
    page = Page(text)
    assert not {"src", "href", "style"} & {name for _, attributes in page.elements for name in attributes}
    assert not re.search(r"https?://|url\(|@import|@font-face", text)
    policy = next(dict(a)["content"] for tag, a in page.elements if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    for kind in ("style", "script"):
        own = page.texts[kind][-1]
        assert f"{kind}-src 'sha256-{b64encode(hashlib.sha256(own.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy
    assert "innerHTML" not in text


HOSTILE = "</script><img src=x onerror=alert(1)>&<!--\u2028]]>\x1b[31m\"'"


def test_names_from_a_file_become_neither_markup_nor_control_characters(recording: Recording) -> None:
    first = recording.takes[0]
    ink = first.frame.rows[0][0].ink
    frame = Frame(SIZE.columns, ((Run(HOSTILE, ink),), *first.frame.rows[1:]))
    take = Take(0, frame, HOSTILE, HOSTILE, True)
    hostile = replace(recording, title=HOSTILE, takes=(take,))
    page = Page(replay_of(hostile))
    assert "img" not in {tag for tag, _ in page.elements}
    assert len([tag for tag, _ in page.elements if tag == "script"]) == 2
    assert page.data["told"] == [HOSTILE]
    assert page.texts["title"] == [HOSTILE]
    written = "".join(data for _, kind, data in map(json.loads, cast_of(hostile).splitlines()[1:]) if kind == "o")
    assert "\x1b[31m" not in written


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def browsed(page: str, folder: Path, *, event: int = 1) -> str:
    """The page after some seconds in headless Chromium without a network, as HTML; no script of it has failed."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    file = folder / "run.html"
    file.write_text(page, encoding="utf-8")
    seen = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000", "--enable-logging=stderr",
         "--dump-dom", f"file://{file}#{event}"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "Content Security Policy" not in seen.stderr
    assert "Uncaught" not in seen.stderr
    return seen.stdout


@pytest.mark.long
def test_a_browser_shows_the_event_of_the_link(recording: Recording, tmp_path: Path) -> None:
    page = replay_of(recording)
    for number in (1, 60, len(recording.takes)):
        seen = browsed(page, tmp_path, event=number)
        take = recording.takes[number - 1]
        screen = re.search(r'<pre id="screen".*?</pre>', seen, re.DOTALL)
        assert screen is not None
        texts = Page(screen.group()).texts
        lines = "".join(texts["span"]).split("\n")
        assert tuple(line.rstrip() for line in lines[: len(take.frame.rows)]) == take.frame.lines
        assert f'<span id="told">{take.told}' in seen.replace("&gt;", ">").replace("&amp;", "&")
        assert 'aria-current="step"' in seen


HAND = """
"use strict";
{
  const part = (id) => document.getElementById(id), seen = [];
  const look = () => seen.push([part("count").textContent, part("play").textContent]);
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home", "ArrowLeft", "PageDown",
                     "PageDown", "PageUp"]) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    look();
  }
  part("slider").value = "41";
  part("slider").dispatchEvent(new Event("input"));
  look();
  part("next").click();
  look();
  part("previous").click();
  look();
  part("steps").querySelectorAll("button")[3].click();
  look();
  part("play").click();
  look();
  window.setTimeout(() => {
    look();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
    look();
    const paused = part("count").textContent;
    window.setTimeout(() => {
      seen.push([part("count").textContent === paused, document.querySelectorAll("[aria-current=step]").length]);
      document.body.dataset.seen = JSON.stringify(seen);
    }, 5000);
  }, 6000);
}
"""
"""Presses what the page offers, and writes down what it shows."""


@pytest.mark.long
def test_the_keys_the_buttons_the_slider_and_the_steps_of_the_page_work(recording: Recording, tmp_path: Path) -> None:
    page = replay_of(recording)
    allowed = page.replace("script-src ", f"script-src {escape(hashed(HAND), quote=True)} ", 1)
    seen = browsed(allowed.replace("</body>", f"<script>{HAND}</script></body>"), tmp_path)
    written = re.search(r'data-seen="([^"]*)"', seen)
    assert written is not None
    count = len(recording.takes)
    begins = [place + 1 for place, take in enumerate(recording.takes) if take.begins]
    *shown, playing, paused, last = json.loads(unescape(written[1]))
    numbers = [2, 3, 2, count, count, 1, 1, begins[1], begins[2], begins[1], 42, 43, 42, begins[3], begins[3]]
    assert [at for at, _ in shown] == [f"{number} / {count}" for number in numbers]
    assert [word for _, word in shown] == ["Play"] * (len(shown) - 1) + ["Pause"]
    assert playing[1] == "Pause"
    assert int(playing[0].split()[0]) > begins[3]
    assert paused == [playing[0], "Play"]
    assert last == [True, 1]
