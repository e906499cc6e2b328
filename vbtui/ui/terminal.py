"""What a terminal can show, read from its surroundings, and what a person has chosen instead.

Decided here: who gets fewer pictures a second, and whose choice counts: that of the command line before that of a
variable, before the settings file, before what the terminal tells of itself.
In: environment variables, the encoding of the terminal's stream, choices. Out: `Looks`. Never here: a look at the real
terminal, the process's own environment, who needs plain characters (`render.plain_terminals`).

Terminals have no signal for reduced motion; `TEXTUAL_ANIMATIONS` is that of the library that draws (`none`, `basic`,
`full`), and both of its lower levels are taken for it. `NO_COLOR` is no wish for less motion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.render.plain_terminals import needs_plain
from vbtui.ui.looks import Looks, Motion

REMOTE_FRAMES: Final = 8
"""Pictures a second over ssh and inside a terminal multiplexer."""
_REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY")
_MULTIPLEXERS: Final = ("screen", "tmux")
_LIGHT_GROUNDS: Final = ("7", "15")
"""White among the numbers of COLORFGBG, as rxvt and its relatives set it."""
MOTION_VARIABLE: Final = "VBTUI_MOTION"


class ThemeChoice(StrEnum):
    """What can be asked for."""

    DARK = "dark"
    LIGHT = "light"
    AUTO = "auto"
    """By what the terminal tells of its background; dark if it tells nothing."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has asked for; None: nothing."""

    ascii: bool | None = None
    theme: ThemeChoice | None = None
    motion: Motion | None = None
    large: bool = False

    def over(self, other: Chosen) -> Chosen:
        """This, and where nothing was asked for here, the other."""
        return Chosen(
            other.ascii if self.ascii is None else self.ascii,
            self.theme or other.theme,
            self.motion or other.motion,
            self.large or other.large,
        )


def looks_for(environment: Mapping[str, str], encoding: str | None, chosen: Chosen = Chosen()) -> Looks:
    """How to draw on a terminal. `encoding`: of the stream that is drawn on, None if it is not known."""
    light = chosen.theme is ThemeChoice.LIGHT or (
        chosen.theme in (None, ThemeChoice.AUTO) and _tells_light(environment)
    )
    return Looks(
        ascii=needs_plain(environment, encoding) if chosen.ascii is None else chosen.ascii,
        light=light,
        motion=chosen.motion or _motion(environment),
        large=chosen.large,
        frames=REMOTE_FRAMES if _is_remote(environment) else Looks().frames,
    )


def motion_of(environment: Mapping[str, str]) -> Motion | None:
    """What VBTUI_MOTION asks for; None without it. Raises ValueError with its value for anything else."""
    value = environment.get(MOTION_VARIABLE, "")
    return Motion(value) if value else None


def _motion(environment: Mapping[str, str]) -> Motion:
    return Motion.REDUCED if environment.get("TEXTUAL_ANIMATIONS", "").lower() in ("none", "basic") else Motion.FULL


def _tells_light(environment: Mapping[str, str]) -> bool:
    return environment.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_GROUNDS


def _is_remote(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in _REMOTE) or environment.get("TERM", "").startswith(_MULTIPLEXERS)
