"""The words for verdicts: who decided, and which ports are missing or not known."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import product
from typing import Final

import pytest

from vbtui.firewall import Hop, Reason, Segment, Verdict
from vbtui.i18n import LANGUAGES, translator
from vbtui.render.verdicts import segment_text, verdict_text
from vbtui.vocabulary import Action, Service

RANGE: Final = Service.parse("tcp/10-30")
Ranges = tuple[tuple[int, int], ...]


def verdict(action: Action, reason: Reason, missing: Ranges, unknown: Ranges, where: str = "path") -> Verdict:
    named: tuple[str | None, int | None] = ("opaque", 3) if reason is Reason.RULE else (None, None)
    segment = Segment(10, 30, action, reason, *named)
    hop = Hop("core", where, (segment,))
    ours, theirs = ip_address("10.0.0.1"), ip_address("10.0.1.1")
    return Verdict("a", "b", RANGE, ours, theirs, action, hop, segment, (hop,), missing, unknown)


@pytest.mark.parametrize(
    ("action", "reason", "missing", "unknown", "expected"),
    [
        (Action.ALLOW, Reason.RULE, (), (), "core#3 opaque allows"),
        (Action.UNKNOWN, Reason.RULE, (), ((10, 30),), "core#3 opaque is not understood"),
        (
            Action.UNKNOWN,
            Reason.RULE,
            (),
            ((10, 12), (20, 20)),
            "core#3 opaque is not understood; not known tcp/10-12, tcp/20",
        ),
        (Action.UNKNOWN, Reason.DEFAULT, (), ((10, 30),), "core: what it does by default is not known"),
        (Action.DENY, Reason.DEFAULT, ((10, 30),), (), "core drops (default)"),
        (Action.DENY, Reason.DEFAULT, ((10, 12),), (), "core drops (default); missing tcp/10-12"),
        (
            Action.DENY,
            Reason.DEFAULT,
            ((10, 12),),
            ((13, 30),),
            "core drops (default); missing tcp/10-12; not known tcp/13-30",
        ),
    ],
)
def test_the_decision_and_the_ports(
    action: Action, reason: Reason, missing: Ranges, unknown: Ranges, expected: str
) -> None:
    assert verdict_text(translator("en"), verdict(action, reason, missing, unknown)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_a_hop_has_words_of_its_own(language: str) -> None:
    say = translator(language)
    reasons = (Reason.RULE, Reason.DEFAULT, Reason.SAME_ZONE, Reason.NO_PATH)
    texts = set()
    for action, reason, where in product(Action, reasons, ("path", "reply")):
        one = verdict(action, reason, (), (), where)
        assert one.hop is not None and one.segment is not None
        texts.add(segment_text(say, one.hop, one.segment))
    assert len(texts) == len(Action) * len(reasons) * 2
