"""Holds pictures against the ones that are kept, and makes a page of what is different.

Decided here: that the text of a screen is looked at first, because a person can read its difference; then the colours,
as SVG. In: names and documents, a folder. Out: nothing, or `DifferentError` with a page that shows both.
Never here: Textual; a test that takes no picture pays for none.
"""

from __future__ import annotations

import base64
import difflib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

LINES_SHOWN: Final = 12
"""Lines of the difference that the message of a failed test quotes; the page has all."""

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; margin: 2rem; }
img { max-width: 100%; border: 1px solid; }
pre { overflow: auto; line-height: 1.2; }
ins { background: #9fd89f; color: #000; text-decoration: none; } del { background: #f0a8a8; color: #000; text-decoration: none; }
"""  # noqa: E501


class DifferentError(AssertionError):
    """A picture is not as it was. `page` shows both; None where there was none to compare with."""

    def __init__(self, name: str, lines: Sequence[str], page: Path | None) -> None:
        super().__init__("\n".join([name, *lines]))
        self.name, self.page = name, page


def compare(name: str, found: Mapping[str, bytes], kept: Path, differences: Path, *, how: str) -> None:
    """Hold the documents of one picture, by suffix such as `.svg`, against the files `kept/NAME.SUFFIX`.

    `how` tells a person what takes the new ones over. Raises DifferentError, OSError.
    """
    files = {suffix: kept / f"{name}{suffix}" for suffix in found}
    missing = [file.name for file in files.values() if not file.is_file()]
    if missing:
        raise DifferentError(f"{name}: there is no picture yet ({', '.join(missing)})", [how], None)
    wanted = {suffix: file.read_bytes() for suffix, file in files.items()}
    if wanted == found:
        return
    page = differences / f"{name}.html"
    differences.mkdir(parents=True, exist_ok=True)
    page.write_text(difference_page(name, wanted, found), encoding="utf-8")
    changed = _changed(wanted, found)
    told = changed[:LINES_SHOWN] or ["the text is the same, the colours are not"]
    if len(changed) > LINES_SHOWN:
        told.append(f"... and {len(changed) - LINES_SHOWN} more lines")
    raise DifferentError(f"{name} looks different", [*told, f"both: {page}", how], page)


def update(name: str, found: Mapping[str, bytes], kept: Path) -> None:
    """Take the documents over. Raises OSError."""
    kept.mkdir(parents=True, exist_ok=True)
    for suffix, content in found.items():
        file = kept / f"{name}{suffix}"
        if not file.is_file() or file.read_bytes() != content:
            part = file.with_name(f".{file.name}.part")
            part.write_bytes(content)
            part.replace(file)


def difference_page(name: str, wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> str:
    """A page that shows both pictures and the lines that differ; it needs nothing beside itself."""
    lines = []
    for line in _changed(wanted, found):
        tag = "del" if line.startswith("-") else "ins"
        lines.append(f"<{tag}>{escape(line)}</{tag}>")
    pictures = "".join(
        f'<h2>{title}</h2><img alt="{title}" src="data:image/svg+xml;base64,{base64.b64encode(one[".svg"]).decode()}">'
        for title, one in (("kept", wanted), ("found", found))
        if ".svg" in one
    )
    said = "\n".join(lines) or "The text is the same; look at the colours."
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(name)}</title><style>{_STYLE}</style><h1>{escape(name)}</h1>"
        f"<h2>lines that differ</h2><pre>{said}</pre>{pictures}</html>\n"
    )


def _changed(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """The lines of the text that went (`-`) and came (`+`)."""
    old, new = (one.get(".txt", b"").decode("utf-8", "replace").splitlines() for one in (wanted, found))
    return [line for line in difflib.ndiff(old, new) if line.startswith(("- ", "+ "))]
