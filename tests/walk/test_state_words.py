"""Whatever word the screens write beside a mark, an event or a connection is found by it, in either language."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pytest

from vbtui.i18n import translator
from vbtui.render import RICH, Messages
from vbtui.render.find_words import find_words, row_words
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.trace import Event, Trace
from vbtui.ui.screens.help import comparison_signs, firewall_signs, walkthrough_signs
from vbtui.vocabulary import Action, Outcome
from vbtui.walk.filters import Filter, shown
from vbtui.walk.find import FoundKind, search
from vbtui.walk.listing import Index
from vbtui.walk.matrix import MatrixRow, matrix
from vbtui.walk.plan import Plan
from vbtui.workflow import simulate

BLOCKED = frozenset({Action.DENY, Action.REJECT})


def ends(*outcomes: Outcome) -> Callable[[Event], bool]:
    return lambda event: event.outcome in outcomes


def judged(*actions: Action) -> Callable[[Event], bool]:
    return lambda event: event.verdict is not None and event.verdict.action in actions


EVENTS: list[tuple[str, str, Callable[[Event], bool]]] = [
    ("ok", "ok", ends(Outcome.OK)),
    ("done", "fertig", ends(Outcome.OK)),
    ("allowed", "erlaubt", judged(Action.ALLOW)),
    ("waits", "wartet", ends(Outcome.WAITING)),
    ("fallback", "Ausweichweg", ends(Outcome.FALLBACK)),
    ("warning", "Warnung", ends(Outcome.WARNING)),
    ("blocked", "blockiert", judged(*BLOCKED)),
    ("dropped", "verworfen", judged(Action.DENY)),
    ("rejected", "abgewiesen", judged(Action.REJECT)),
    ("not known", "nicht bekannt", judged(Action.UNKNOWN)),
    ("failed", "fehlgeschlagen", ends(Outcome.FAIL)),
    ("skipped", "übersprungen", ends(Outcome.SKIPPED)),
    ("left out", "entfällt", ends(Outcome.SKIPPED)),
]
"""English, German, and which events have the mark that this word stands beside."""
UNSEEN = {"not known"}
"""No shipped topology has imported rules, and without those everything is known."""

ROWS: list[tuple[str, str, Callable[[MatrixRow], bool]]] = [
    ("allowed", "erlaubt", lambda row: row.allowed),
    ("blocked", "blockiert", lambda row: row.verdict is not None and row.verdict.action in BLOCKED),
    ("dropped", "verworfen", lambda row: row.verdict is not None and row.verdict.action is Action.DENY),
    ("rejected", "abgewiesen", lambda row: row.verdict is not None and row.verdict.action is Action.REJECT),
    ("not known", "nicht bekannt", lambda row: row.verdict is not None and row.verdict.action is Action.UNKNOWN),
    ("not possible", "nicht möglich", lambda row: row.verdict is None),
]
UNSEEN_ROWS = {"not known"}

SIGNS = (walkthrough_signs, firewall_signs, comparison_signs)


@cache
def runs() -> tuple[tuple[Topology, Trace], ...]:
    """The first run of every job of every shipped topology."""
    every = (load(resolve(name)).topology for name in shipped())
    return tuple((topology, simulate(topology, job)) for topology in every for job in topology.jobs)


@cache
def index(run: int, language: str) -> Index:
    topology, trace = runs()[run]
    return Index(trace, find_words(Messages(translator(language), topology, trace.profile)))


def both(table: list[tuple[str, str, Callable[..., bool]]]) -> list[tuple[str, str, str, Callable[..., bool]]]:
    return [
        (language, word, english, meant)
        for english, german, meant in table
        for language, word in (("en", english), ("de", german))
    ]


@pytest.mark.parametrize(("language", "word", "english", "meant"), both(EVENTS))
def test_events_are_found_by_the_word_beside_their_mark(
    language: str, word: str, english: str, meant: Callable[[Event], bool]
) -> None:
    seen = False
    for run, (topology, trace) in enumerate(runs()):
        wanted = {event.id for event in trace if meant(event)}
        listed = {trace[place].id for place in index(run, language).positions(word)}
        assert wanted <= listed
        if wanted:
            found = search(topology, trace, index(run, language), word).found
            assert any(one.kind is FoundKind.EVENT and one.name in wanted for one in found)
        seen = seen or bool(wanted)
    assert seen == (english not in UNSEEN)


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_blocked_is_all_that_this_word_finds(language: str) -> None:
    word = {"en": "blocked", "de": "blockiert"}[language]
    for run, (_, trace) in enumerate(runs()):
        assert all(judged(*BLOCKED)(trace[place]) for place in index(run, language).positions(word))


@pytest.mark.parametrize(("language", "word", "english", "meant"), both(ROWS))
def test_connections_are_found_by_the_word_beside_their_mark(
    language: str, word: str, english: str, meant: Callable[[MatrixRow], bool]
) -> None:
    seen = False
    for topology, trace in runs():
        messages = Messages(translator(language), topology, trace.profile)
        plan = Plan.over(topology)
        found = matrix(plan.report(trace.job), topology)
        wanted = [row for row in found.rows if meant(row)]
        left = [
            row for group in shown(found, Filter(text=word, words=partial(row_words, messages))) for row in group.rows
        ]
        assert [row for row in found.rows if row in left and meant(row)] == wanted
        seen = seen or bool(wanted)
    assert seen == (english not in UNSEEN_ROWS)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_tables_here_have_the_words_of_the_symbol_lists_and_of_the_event_table(language: str) -> None:
    say, topology = translator(language), runs()[0][0]
    messages = Messages(say, topology)
    written = " ".join(
        [
            *(
                say(text)
                for signs in (walkthrough_signs, firewall_signs, comparison_signs)
                for _, _, text in signs(RICH)
            ),
            *(messages.action(one) for one in Action),
            *(messages.outcome(one) for one in Outcome),
            say("not possible"),
        ]
    ).casefold()
    words = {word.casefold() for of, word, _, _ in (*both(EVENTS), *both(ROWS)) if of == language}
    assert {word for word in words if word not in written} == set()
    assert {messages.action(one).casefold() for one in Action} <= words
    assert {messages.outcome(one).casefold() for one in Outcome} <= words
    marks = (RICH.ok, RICH.waiting, RICH.fallback, RICH.warning, RICH.blocked, RICH.fail, RICH.skipped)
    for mark, _, text in walkthrough_signs(RICH):
        if mark in marks:
            assert any(word in say(text).casefold() for word in words)
