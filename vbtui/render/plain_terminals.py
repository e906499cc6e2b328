"""Who needs plain characters: one rule for the screens and for what commands print.

In: environment variables and the encoding of a stream. Out: whether it gets plain characters, and which letters it has.
Loads nothing. Never here: which plain character stands for which other one (`plain_characters`), what a person has
chosen instead, a look at the real terminal.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping


def needs_plain(environment: Mapping[str, str], encoding: str | None, *, terminal: bool = True) -> bool:
    """The console of a Linux kernel has few glyphs; a locale that is not UTF-8 says that whoever reads reads bytes.

    `encoding`: of the stream that is written to, None if it is not known. `terminal`: there is one behind it; a file
    can take what the console cannot show.
    """
    if terminal and environment.get("TERM") == "linux":
        return True
    return (encoding is not None and not _is_utf8(encoding)) or _reads_other(environment)


def letters_of(environment: Mapping[str, str], encoding: str | None) -> str:
    """The encoding whose letters can be read behind a stream: that of the stream, and ASCII where it is UTF-8 but the
    locale says that UTF-8 is not read. (Python writes UTF-8 in the locale C, and in one that the system does not have.)
    """
    found = encoding or "utf-8"
    return "ascii" if _reads_other(environment) and _is_utf8(found) else found


def _reads_other(environment: Mapping[str, str]) -> bool:
    """The locale says that whoever reads does not read UTF-8."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    codeset = locale.partition(".")[2].partition("@")[0]
    return locale in ("C", "POSIX") or (bool(codeset) and not _is_utf8(codeset))


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name == "utf-8"
    except LookupError:
        return False
