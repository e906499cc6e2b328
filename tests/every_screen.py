"""Every screen and dialogue of the app, by the keys that lead there from the walkthrough of `locked-down`."""

from __future__ import annotations

from typing import Final

SCREENS: Final[dict[str, tuple[str, ...]]] = {
    "walkthrough": (),
    "blocked": ("end", "1", "pagedown", "pagedown"),
    "help": ("question_mark",),
    "palette": ("colon",),
    "inspection": ("right", "i"),
    "transcript": ("end", "t"),
    "find": ("slash",),
    "go-to": ("g",),
    "breakpoints": ("B",),
    "node": ("right_square_bracket", "i"),
    "question": ("p", "pagedown", "pagedown", "pagedown"),
    "what-if": ("right", "w"),
    "what-if-runs": ("right", "w", "enter"),
    "topologies": ("O",),
    "write": ("Y",),
    "firewall": ("f2",),
    "firewall-rules": ("f2", "tab"),
    "firewall-edit": ("f2", "tab", "e"),
    "firewall-proposals": ("f2", "a"),
    "firewall-unsaved": ("f2", "space", "escape"),
    "firewall-difference": ("f2", "space", "d"),
    "firewall-help": ("f2", "question_mark"),
    "firewall-find": ("f2", "slash"),
    "data": ("f3",),
    "data-help": ("f3", "question_mark"),
}
