"""Numbers for a person: bytes, simulated time, counts. Units are powers of 1024 and seconds, as in topology files."""

from __future__ import annotations

from typing import Final

from vbtui.i18n import Translator
from vbtui.vocabulary import GiB, KiB, MiB, TiB

_UNITS: Final = ((KiB, "KiB"), (MiB, "MiB"), (GiB, "GiB"), (TiB, "TiB"))


def size(translator: Translator, count: int) -> str:
    """Bytes with the unit that keeps the number below 1024: `64 MiB`, `1.5 GiB`, `512 B`."""
    if count < KiB:
        return f"{count} B"
    unit, name = next(((unit, name) for unit, name in _UNITS if round(count / unit, 1) < 1024), _UNITS[-1])
    number = round(count / unit, 1)
    return f"{translator.number(number, 0 if number == int(number) else 1)} {name}"


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
