"""What is told of two runs side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.render.change_texts import delta_values, with_duration
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.vocabulary import Profile
from vbtui.walk.forks import Comparison, Delta, Part, Row, RowKind, Subject, compare
from vbtui.walk.what_if import what_ifs
from vbtui.workflow import Change, simulate


@pytest.fixture(params=LANGUAGES)
def messages(request: pytest.FixtureRequest) -> Messages:
    return Messages(translator(request.param), load(resolve("classroom")).topology, Profile.V13)


SLOTS = "sql01/3/snapshot-create/vbr01/vc01/tcp-443:slots=px-vm,0"


def in_both(messages: Messages, found: Comparison, row: Row) -> tuple[str, str]:
    a, b = (with_duration(messages, row, run.by_id[row.event.id]) for run in (found.a, found.b))
    return a, b


def test_what_only_follows_something_else_names_what_it_follows(messages: Messages) -> None:
    topology = load(resolve("classroom")).topology
    runs = (simulate(topology, topology.jobs[0], changes=one) for one in ([], [Change.parse(SLOTS)]))
    found = compare(*runs)
    row = next(row for row in found.rows if row.parts == (Part.CAUSE,))
    for text, run in zip(in_both(messages, found, row), (found.a, found.b), strict=True):
        event = run.by_id[row.event.id]
        assert event.cause is not None
        cause = run.by_id[event.cause]
        number, step = cause.position + 1, cause.step
        said = {
            "en": f"It follows event {number} in step {step}: ",
            "de": f"Es folgt auf Ereignis {number} in Schritt {step}: ",
        }
        assert text == f"{messages.event(event)} {said[messages.translator.language]}{messages.event(cause)}"


@pytest.mark.parametrize("name", shipped())
def test_what_is_different_never_reads_alike(name: str) -> None:
    """Where the sentence is the same, what tells the two apart stands behind it."""
    topology = load(resolve(name)).topology
    messages = Messages(translator("en"), topology, topology.profile)
    told = 0
    for found in forks(topology):
        for row in found.rows:
            if row.kind is RowKind.DIFFERS and (Part.CAUSE in row.parts or Part.DURATION in row.parts):
                a, b = in_both(messages, found, row)
                assert a != b, (row.event.id, row.parts, a)
                told += 1
    assert told


def forks(topology: Topology) -> Iterator[Comparison]:
    """Every fork that is offered at every third event."""
    original = simulate(topology, topology.jobs[0])
    for event in original.events[::3]:
        for one in what_ifs(topology, original, event):
            yield compare(original, simulate(topology, topology.jobs[0], changes=[Change(event.id, one.what)]))


@pytest.mark.parametrize("subject", [Subject.DURATION, Subject.READ])
@pytest.mark.parametrize(("a", "b"), [(97_012, 97_013), (3_600_000, 3_600_001), (5, 6), (97_012, 12), (None, 0)])
def test_figures_that_are_different_never_read_alike(
    messages: Messages, subject: Subject, a: int | None, b: int
) -> None:
    one, other = delta_values(messages, Delta(subject, None, a, b))
    assert one != other


def test_figures_that_are_alike_are_told_in_round_numbers(messages: Messages) -> None:
    assert delta_values(messages, Delta(Subject.DURATION, None, 97_012, 97_012)) == ("1 min 37 s", "1 min 37 s")
