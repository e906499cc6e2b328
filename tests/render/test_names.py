"""Long lists in few words: nothing that changes is ever folded away, and every name is counted."""

from __future__ import annotations

from vbtui.i18n import translator
from vbtui.render.names import MOST_NAMES, unchanged_last

SAY = translator("en")


def test_what_changes_comes_first_and_what_stays_shares_a_row() -> None:
    calm = [(f"calm-{number}", "ok", "ok") for number in range(26)]
    rows = [*calm[:13], ("bad", "fail", "fail"), ("better", "fail", "ok"), *calm[13:]]
    assert unchanged_last(SAY, rows) == (
        ("bad", "fail", "fail"),
        ("better", "fail", "ok"),
        ("calm-0, calm-1, calm-2, calm-3 and 22 more", "ok", "ok"),
    )


def test_few_stay_as_they_are() -> None:
    rows = [(f"job-{number}", "ok", "ok") for number in range(MOST_NAMES)]
    assert unchanged_last(SAY, rows) == tuple(rows)
