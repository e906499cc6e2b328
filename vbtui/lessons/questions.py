"""Which moments of a run are worth a question, and which question: `questions`.

Theory of operation. Every event may propose questions (`asking_connections`, `asking_work`). Of what is proposed a run
keeps little, so that a person who is asked remains curious: each idea is asked once, where it first comes up; one
question in front of an event; never the same kind twice in a row; and at most `MOST_QUESTIONS`: one of each kind
before a second one of any, and of the kinds those that matter most, in the order of `QuestionKind`.

In: a topology and a trace of it. Out: questions in the order of the run, the same ones every time.
Never here: the words (the question files), keys, where the playhead stands, what was answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from vbtui.lessons.asking_connections import about_connections
from vbtui.lessons.asking_work import about_work
from vbtui.lessons.ground import Ground, Proposal
from vbtui.lessons.question import Question, QuestionKind
from vbtui.topology import Topology
from vbtui.trace import Event, Trace

MOST_QUESTIONS: Final = 12
"""Questions in one run."""

_RANK: Final = {kind: place for place, kind in enumerate(QuestionKind)}


def questions(topology: Topology, trace: Trace) -> tuple[Question, ...]:
    """The questions of a run, in the order of their events; at most `MOST_QUESTIONS`. `trace` is one of `topology`."""
    ground = Ground(topology, trace)
    found: list[Question] = []
    ideas: set[tuple[QuestionKind, str]] = set()
    asked: Counter[QuestionKind] = Counter()
    for event in trace.events:
        fresh = [one for one in _proposals(ground, event) if one.others and (one.kind, one.idea) not in ideas]
        allowed = [one for one in fresh if not found or one.kind is not found[-1].kind]
        if allowed:
            chosen = min(allowed, key=lambda one: (asked[one.kind], _RANK[one.kind]))
            asked[chosen.kind] += 1
            ideas.add((chosen.kind, chosen.idea))
            found.append(chosen.question(event))
    return _kept(found)


def _proposals(ground: Ground, event: Event) -> Iterator[Proposal]:
    yield from about_connections(ground, event)
    yield from about_work(ground, event)


def _kept(found: list[Question]) -> tuple[Question, ...]:
    """As many as a run may ask: second questions of a kind go first, then the less important kinds, of equals the later
    one; what stands beside its like after that goes too."""
    seen: Counter[QuestionKind] = Counter()
    worth: dict[str, tuple[int, int, int]] = {}
    for one in found:
        worth[one.id] = (seen[one.kind], _RANK[one.kind], one.position)
        seen[one.kind] += 1
    kept = {one.id for one in sorted(found, key=lambda one: worth[one.id])[:MOST_QUESTIONS]}
    left = [one for one in found if one.id in kept]
    return tuple(one for place, one in enumerate(left) if place == 0 or one.kind is not left[place - 1].kind)
