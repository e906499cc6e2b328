"""Numbers for a person: bytes, simulated time, counts. Units are powers of 1024 and seconds, as in topology files."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import Translator
from vbtui.vocabulary import GiB, KiB, MiB, TiB

_UNITS: Final = ((TiB, "TiB"), (GiB, "GiB"), (MiB, "MiB"), (KiB, "KiB"))


def size(translator: Translator, count: int) -> str:
    """Bytes with the largest unit that leaves at least one: `64 MiB`, `1.5 GiB`, `512 B`."""
    for unit, name in _UNITS:
        if count >= unit:
            # Rounding must not reach the next unit's 1024.
            tenths = min(count * 10 // unit if count * 10 // unit >= 10239 else round(count * 10 / unit), 10239)
            digits = 0 if tenths % 10 == 0 or tenths >= 1000 else 1
            return f"{translator.number(tenths / 10, digits)} {name}"
    return f"{count} B"


def duration(translator: Translator, milliseconds: int) -> str:
    """A length of time: `5 ms`, `0.40 s`, `12.5 s`, `1 min 12 s`."""
    if milliseconds < 100:
        return f"{milliseconds} ms"
    if milliseconds < 10_000:
        return f"{translator.number(milliseconds / 1000, 2)} s"
    if milliseconds < 59_950:
        return f"{translator.number(milliseconds / 1000, 1)} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{translator.number(hours)} h {minutes} min"


def moment(translator: Translator, milliseconds: int) -> str:
    """A point of simulated time in seconds, three digits: `12.490 s`, so that columns of them line up."""
    return f"{translator.number(milliseconds / 1000, 3)} s"
