"""The marks that stand before a word: outcomes, statuses and verdicts, in a rich and in a plain character set.

Decided here: which mark means what. A mark never stands alone and never in the place of its word (`words`), so that
nothing is lost without colour, without the glyph, or when it is read aloud. Marks of the rich set are one cell wide.
"""

from __future__ import annotations

from dataclasses import dataclass

from vbtui.trace import Status
from vbtui.vocabulary import Action, GoalVerdict, Outcome, Result


@dataclass(frozen=True, slots=True)
class Symbols:
    """One character set."""

    ok: str
    fail: str
    blocked: str
    waiting: str
    active: str
    fallback: str
    skipped: str
    warning: str
    pending: str
    unknown: str

    def outcome(self, outcome: Outcome) -> str:
        """The mark of an event's outcome."""
        return {
            Outcome.OK: self.ok,
            Outcome.WAITING: self.waiting,
            Outcome.FALLBACK: self.fallback,
            Outcome.SKIPPED: self.skipped,
            Outcome.WARNING: self.warning,
            Outcome.FAIL: self.fail,
        }[outcome]

    def status(self, status: Status) -> str:
        """The mark of a phase's, step's or task's status."""
        return {
            Status.PENDING: self.pending,
            Status.RUNNING: self.active,
            Status.WAITING: self.waiting,
            Status.OK: self.ok,
            Status.SKIPPED: self.skipped,
            Status.FALLBACK: self.fallback,
            Status.WARNING: self.warning,
            Status.FAIL: self.fail,
        }[status]

    def action(self, action: Action) -> str:
        """The mark of a firewall's answer."""
        if action is Action.UNKNOWN:
            return self.unknown
        return self.ok if action is Action.ALLOW else self.blocked

    def result(self, result: Result) -> str:
        """The mark of a task's, VM's or job's result."""
        return {Result.SUCCESS: self.ok, Result.WARNING: self.warning, Result.ERROR: self.fail}[result]

    def goal(self, verdict: GoalVerdict) -> str:
        """The mark of a check's verdict."""
        return {
            GoalVerdict.OK: self.ok,
            GoalVerdict.FALLBACK: self.fallback,
            GoalVerdict.FAIL: self.fail,
            GoalVerdict.UNKNOWN: self.unknown,
        }[verdict]


RICH = Symbols("✔", "✖", "⊘", "…", "▶", "↪", "–", "!", "·", "?")
ASCII = Symbols("[OK]", "[FAIL]", "[BLOCK]", "[WAIT]", ">", "->", "-", "[WARN]", ".", "?")
"""For lines of text."""
ASCII_CELLS = Symbols("+", "x", "X", "w", ">", "~", "-", "!", ".", "?")
"""One cell each, as in the rich set: for columns, matrices and pictures. The `+` of ok is no key on any screen and no
head of a line, as `v` is; corners of boxes are `+` too, but no mark stands where a corner can."""
WORDS_ONLY = Symbols("", "", "", "", "", "", "", "", "", "")
"""No marks at all: for text that is read aloud. A mark never stands without its word, so nothing is lost."""


def symbols(ascii: bool) -> Symbols:
    """The character set of a terminal."""
    return ASCII if ascii else RICH
