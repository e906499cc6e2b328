"""A recording as one HTML page of our own: frames, a slider and the list of steps.

Decided here: what the page holds and how little of it: a row that many frames share is stored once, and a frame is the
rows that differ from the one before. The page needs nothing beside itself and is not allowed anything else: its policy
names its own style and script by their hashes and forbids the rest. In: a `Recording`. Out: HTML, the same every time.
Never here: text that becomes markup. All of it reaches the page as data, and the script writes it as text.
"""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any, Final

from vbtui.i18n import N_, Translator, translator
from vbtui.pictures.frame import Ink, Rgb, Row
from vbtui.pictures.page import hashed
from vbtui.pictures.recording import Recording

_STYLE: Final = Path(__file__).with_name("replay.css")
_SCRIPT: Final = Path(__file__).with_name("replay.js")

_WORDS: Final = {
    "play": N_("Play"),
    "pause": N_("Pause"),
    "previous": N_("Previous event"),
    "next": N_("Next event"),
    "slider": N_("Event"),
    "steps": N_("Steps"),
    "transcript": N_("What happens, as text"),
    "keys": N_(
        "Keys: space plays, ← and → go from event to event, page up and page down from step to step, home and end to "
        "the first and the last event."
    ),
    "no_script": N_("This page plays the recording with a script of its own. Without it, read the text below."),
    "screen": N_("The screen as text"),
}


def replay_of(recording: Recording) -> str:
    """The page."""
    say = translator(recording.language)
    data, inks = _data(recording, say)
    style = _STYLE.read_text("utf-8") + _colours(recording, inks)
    script = _SCRIPT.read_text("utf-8")
    allowed = f"style-src {hashed(style)}; script-src {hashed(script)}"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    words = {key: escape(say(text), quote=True) for key, text in _WORDS.items()}
    title = escape(recording.title, quote=True)
    told = "".join(f"<li>{escape(take.told)}</li>\n" for take in recording.takes)
    first = escape(recording.takes[0].frame.text)
    return f"""<!doctype html>
<html lang="{recording.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<noscript><p>{words["no_script"]}</p></noscript>
<main>
<div class="player">
<pre id="screen" tabindex="0" aria-label="{words["screen"]}">{first}</pre>
<div class="bar">
<button id="previous" type="button" aria-label="{words["previous"]}" title="{words["previous"]}">◀</button>
<button id="play" type="button">{words["play"]}</button>
<button id="next" type="button" aria-label="{words["next"]}" title="{words["next"]}">▶</button>
<input id="slider" type="range" min="0" max="{len(recording.takes) - 1}" value="0" aria-label="{words["slider"]}">
<output id="count" for="slider"></output>
</div>
<div id="now" role="status" aria-live="polite"><strong id="step"></strong> <span id="told"></span></div>
<p class="keys">{words["keys"]}</p>
</div>
<nav aria-labelledby="steps-title"><h2 id="steps-title">{words["steps"]}</h2><ol id="steps"></ol></nav>
</main>
<details><summary>{words["transcript"]}</summary><ol>
{told}</ol></details>
<script type="application/json" id="recording">{_json(data)}</script>
<script>{script}</script>
</body>
</html>
"""


def _data(recording: Recording, say: Translator) -> tuple[dict[str, Any], tuple[Ink, ...]]:
    """What the script reads: rows and looks once each, frames as differences."""
    inks: dict[Ink, int] = {}
    rows: dict[Row, int] = {}
    frames: list[list[int]] = []
    before: list[int] = []
    for take in recording.takes:
        shown = [rows.setdefault(row, len(rows)) for row in take.frame.rows]
        changed = [(place, row) for place, row in enumerate(shown) if place >= len(before) or before[place] != row]
        frames.append([number for pair in changed for number in pair])
        before = shown
    stored = [[part for run in row for part in (inks.setdefault(run.ink, len(inks)), run.text)] for row in rows]
    steps = dict.fromkeys(take.step for take in recording.takes)
    data = {
        "rows": stored,
        "frames": frames,
        "at": [take.at for take in recording.takes],
        "end": recording.duration,
        "told": [take.told for take in recording.takes],
        "steps": [[place, take.step] for place, take in enumerate(recording.takes) if take.begins],
        "step": [list(steps).index(take.step) for take in recording.takes],
        "names": list(steps),
        "words": {key: say(_WORDS[key]) for key in ("play", "pause")},
    }
    return data, tuple(inks)


def _json(data: dict[str, Any]) -> str:
    """JSON that no HTML parser can take for the end of its element, whatever names a file gives to its machines."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _colours(recording: Recording, inks: tuple[Ink, ...]) -> str:
    """A class for every look, and the screen's width in characters."""
    lines = [f"#screen {{ --columns: {recording.size.columns}; }}"]
    cells: Counter[Ink] = Counter()
    for row in recording.takes[0].frame.rows:
        for run in row:
            cells[run.ink] += len(run.text)
    ((most, _),) = cells.most_common(1)
    lines.append(f"#screen {{ color: {_hex(most.foreground)}; background: {_hex(most.background)}; }}")
    lines += [f".i{number} {{ {_rules(ink)} }}" for number, ink in enumerate(inks)]
    return "\n".join(lines) + "\n"


def _rules(ink: Ink) -> str:
    rules = [f"color: {_hex(ink.foreground)};", f"background: {_hex(ink.background)};"]
    if ink.bold:
        rules.append("font-weight: bold;")
    if ink.italic:
        rules.append("font-style: italic;")
    lines = [word for is_so, word in ((ink.underline, "underline"), (ink.strike, "line-through")) if is_so]
    if lines:
        rules.append(f"text-decoration: {' '.join(lines)};")
    return " ".join(rules)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
