"""A tokeniser for the few words of PowerShell that our exports use: what the shell makes of them, and nothing more.

Whatever is not a comment or a `New-NetFirewallRule` with options and literal values is refused, so an export that
passes here holds nothing that PowerShell would expand or run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = r"'(?:[^']|'')*'"
_PART = rf"(?:{_QUOTED}|\[char\]0x[0-9A-F]{{4}})"
VALUE = re.compile(rf"{_QUOTED}|\({_PART}(?: \+ {_PART})*\)|[A-Za-z]+")
_OPTION = re.compile(r" (-[A-Za-z]+) ")


def value_of(expression: str) -> str:
    """What PowerShell makes of a literal: the strings and the code units of a sum, in a row."""
    units = b""
    for part in re.findall(_PART, expression):
        if part.startswith("'"):
            units += part[1:-1].replace("''", "'").encode("utf-16-be")
        else:
            units += bytes.fromhex(part.removeprefix("[char]0x"))
    return units.decode("utf-16-be")


def commands_of(script: str) -> Iterator[dict[str, list[str]]]:
    """Every command of a script as its options with their values. Fails where a line is anything else."""
    for line in script.splitlines():
        if not line or line.startswith("#"):
            continue
        command = "New-NetFirewallRule"
        assert line.startswith(command)
        place, options = len(command), dict[str, list[str]]()
        while place < len(line):
            option = _OPTION.match(line, place)
            assert option, line[place:]
            place, values = option.end(), options.setdefault(option[1], [])
            while True:
                value = VALUE.match(line, place)
                assert value, line[place:]
                values.append(value_of(value[0]) if value[0][0] in "('" else value[0])
                place = value.end()
                if not line.startswith(",", place):
                    break
                place += 1
        yield options
