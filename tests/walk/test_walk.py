"""Moving through a trace: every key as a sentence, and what holds however the keys are mixed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.topology import load, resolve
from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import Phase
from vbtui.walk import FASTEST, SLOWEST, SPEEDS, Breakpoints, Playhead, Walk, seconds_of
from vbtui.walk.focus import followable, next_focus
from vbtui.walk.pace import LONGEST
from vbtui.workflow import simulate


@pytest.fixture
def walk(trace: Trace) -> Walk:
    return Walk.over(trace)


def test_a_walk_begins_at_rest_at_the_first_event(walk: Walk) -> None:
    assert walk.playhead == Playhead(0, 1.0)
    assert not walk.moving


def test_a_walk_needs_an_event(trace: Trace) -> None:
    empty = Trace("t", "j", trace.profile, (), (), (), (), trace.result)
    with pytest.raises(ValueError, match="at least one event"):
        Walk.over(empty)


def test_next_enters_the_next_event_and_shows_it_move(walk: Walk) -> None:
    after = walk.next_event()
    assert after.playhead == Playhead(1, 0.0)
    assert after.moving


def test_next_in_mid_animation_finishes_it_and_only_the_second_press_moves_on(walk: Walk) -> None:
    moving = walk.next_event().tick(0.1)
    assert 0 < moving.playhead.fraction < 1
    finished = moving.next_event()
    assert finished.playhead == Playhead(1, 1.0)
    assert finished.next_event().playhead == Playhead(2, 0.0)


def test_previous_goes_back_even_in_mid_animation(walk: Walk) -> None:
    moving = walk.at(10).next_event().tick(0.1)
    assert moving.previous_event().playhead == Playhead(10, 1.0)


def test_previous_at_the_start_stays(walk: Walk) -> None:
    assert walk.previous_event().playhead == Playhead(0, 1.0)


def test_without_animation_events_are_entered_as_shown(trace: Trace) -> None:
    assert Walk.over(trace, animated=False).next_event().playhead == Playhead(1, 1.0)


def test_end_and_start(walk: Walk, trace: Trace) -> None:
    assert walk.end().playhead == Playhead(len(trace) - 1, 1.0)
    assert walk.end().at_end
    assert walk.end().start().playhead == Playhead(0, 1.0)


def test_next_step_visits_every_step_of_every_vm_once(walk: Walk, trace: Trace) -> None:
    seen = [walk.event]
    at = walk
    while not at.at_end:
        at = at.next_step().next_step()  # the second press only finishes the animation
        if seen[-1] is not at.event:
            seen.append(at.event)
    wanted = {(None if event.step.phase is Phase.INITIALISATION else event.vm, event.step) for event in trace}
    found = {(None if event.step.phase is Phase.INITIALISATION else event.vm, event.step) for event in seen}
    assert found == wanted


def test_previous_step_goes_to_where_the_step_began_then_to_the_one_before(walk: Walk) -> None:
    inside = walk.at_event("job/1.5/rules/px-vm")
    back = inside.previous_step()
    assert back.event.position < inside.event.position
    assert back.index in walk.landmarks.steps
    assert back.previous_step().index == walk.landmarks.steps[walk.landmarks.steps.index(back.index) - 1]


@pytest.mark.parametrize("phase", list(Phase))
def test_a_phase_key_goes_to_the_phase_of_the_selected_vm(walk: Walk, phase: Phase) -> None:
    event = walk.phase(phase, "legacy01").event
    assert event.step.phase is phase
    assert event.vm == (None if phase is Phase.INITIALISATION else "legacy01")


def test_without_a_selected_vm_a_phase_key_goes_to_the_first_vm_that_has_it(walk: Walk, trace: Trace) -> None:
    first = next(event for event in trace if event.step.phase is Phase.SNAPSHOT)
    assert walk.phase(Phase.SNAPSHOT).event is first
    assert walk.phase(Phase.SNAPSHOT, "nobody").event is first


def test_going_to_an_event_by_id(walk: Walk) -> None:
    assert walk.at_event("sql01/3/snapshot").event.id == "sql01/3/snapshot"
    with pytest.raises(KeyError):
        walk.at_event("no/such/event")


def test_speeds_run_from_a_quarter_to_eight_and_stop_there(walk: Walk) -> None:
    faster = walk
    for _ in range(20):
        faster = faster.faster()
    slower = walk
    for _ in range(20):
        slower = slower.slower()
    assert (faster.speed, slower.speed) == (FASTEST, SLOWEST) == (8.0, 0.25)
    assert walk.faster().slower().speed == walk.speed


def test_playing_reaches_the_end_and_stops_there(walk: Walk) -> None:
    at = walk.toggled()
    for _ in range(3000):
        at = at.tick(0.1)
    assert at.at_end
    assert not at.moving


def test_playing_at_the_end_begins_again(walk: Walk) -> None:
    again = walk.end().toggled()
    assert again.playing
    assert again.playhead == Playhead(0, 0.0)


def test_a_pause_in_mid_animation_lets_it_finish(walk: Walk) -> None:
    paused = walk.toggled().tick(0.1).toggled()
    assert not paused.playing
    assert paused.moving
    assert paused.tick(10).playhead == Playhead(1, 1.0)


def test_every_key_of_a_person_ends_playing(walk: Walk) -> None:
    playing = walk.at(20).toggled()
    for key in (Walk.next_event, Walk.previous_event, Walk.next_step, Walk.previous_step, Walk.start, Walk.end):
        assert not key(playing).playing
    assert playing.faster().playing


def test_speed_shortens_the_animation_in_proportion(walk: Walk) -> None:
    seconds = seconds_of(walk.trace[1])
    for speed in SPEEDS:
        at = walk.next_event()
        while at.speed < speed:
            at = at.faster()
        while at.speed > speed:
            at = at.slower()
        assert not at.tick(seconds / speed * 0.99).at_rest
        assert at.tick(seconds / speed).at_rest


def test_every_event_is_shown_between_0_4_and_1_2_seconds(trace: Trace) -> None:
    assert all(0.4 <= seconds_of(event) <= LONGEST for event in trace)
    attach = next(event for event in trace if event.kind is EventKind.ATTACH)
    detach = next(event for event in trace if event.kind is EventKind.DETACH)
    assert seconds_of(attach) > seconds_of(detach)


# ---- live ------------------------------------------------------------------------------------------------------------


def test_a_joined_walk_is_taken_along(walk: Walk) -> None:
    at = walk.joined(-1).joined(0).joined(1)
    assert at.following
    assert at.playhead == Playhead(1, 0.0)
    assert at.joined(7).playhead == Playhead(7, 1.0)


def test_the_animation_goes_on_while_the_run_stays_at_an_event(walk: Walk) -> None:
    at = walk.joined(0).joined(1).tick(0.1)
    assert at.joined(1).playhead == at.playhead


@pytest.mark.parametrize(
    "key",
    [
        Walk.previous_event,
        Walk.next_event,
        Walk.previous_step,
        Walk.start,
        Walk.toggled,
        lambda walk: walk.phase(Phase.SNAPSHOT),
    ],
)
def test_going_elsewhere_detaches_and_end_rejoins(walk: Walk, key: Callable[[Walk], Walk]) -> None:
    followed = walk.joined(30)
    away = key(followed)
    assert not away.following
    stayed = away.joined(40)
    assert stayed.playhead == away.playhead
    rejoined = stayed.end()
    assert rejoined.following
    assert rejoined.index == 40


def test_after_the_run_end_is_the_end_again(walk: Walk, trace: Trace) -> None:
    over = walk.joined(30).left()
    assert over.index == 30
    assert not over.following
    assert over.end().index == len(trace) - 1


# ---- properties ------------------------------------------------------------------------------------------------------

KEYS: dict[str, Callable[[Walk], Walk]] = {
    "next": Walk.next_event,
    "previous": Walk.previous_event,
    "next step": Walk.next_step,
    "previous step": Walk.previous_step,
    "start": Walk.start,
    "end": Walk.end,
    "play": Walk.toggled,
    "faster": Walk.faster,
    "slower": Walk.slower,
    "left": Walk.left,
}
moves = st.one_of(
    st.sampled_from(sorted(KEYS)),
    st.floats(min_value=-1, max_value=20, allow_nan=False),
    st.integers(min_value=-1, max_value=500),
    st.sampled_from(list(Phase)),
)


Look = Callable[[Walk], Walk]
"""What changes what the walk goes through, and not where it is."""
looks = st.one_of(
    st.builds(
        lambda kinds, failures, phases: lambda walk: walk.breaking(Breakpoints(kinds, failures, phases)),
        st.frozensets(st.sampled_from(list(EventKind)), max_size=2),
        st.booleans(),
        st.booleans(),
    ),
    st.just(lambda walk: walk.follow(next_focus(followable(walk.event), walk.focus))),
    st.just(lambda walk: walk.follow(None)),
)


@cache
def the_trace() -> Trace:
    topology = load(resolve("classroom")).topology
    return simulate(topology, topology.jobs[0])


def place(walk: Walk) -> float:
    """Position and fraction as one number."""
    return walk.index + walk.playhead.fraction


def apply(walk: Walk, move: str | float | int | Phase) -> Walk:
    match move:
        case str():
            return KEYS[move](walk)
        case Phase():
            return walk.phase(move)
        case float():
            return walk.tick(move)
        case _:
            return walk.joined(move)


@given(st.lists(moves, max_size=40))
@examples(150)
def test_however_keys_are_mixed_the_playhead_stays_in_the_trace(taken: list[str | float | int | Phase]) -> None:
    walk = Walk.over(the_trace())
    for move in taken:
        before = walk
        walk = apply(walk, move)
        assert 0 <= walk.index < len(walk.trace)
        assert 0.0 <= walk.playhead.fraction <= 1.0
        assert walk.speed in SPEEDS
        assert not (walk.following and walk.live is None)
        assert not (walk.following and walk.playing)
        assert walk.trace is before.trace


@given(st.lists(st.one_of(moves, looks), max_size=40))
@examples(150)
def test_whatever_is_followed_and_held_the_walk_stays_sound(taken: list[str | float | int | Phase | Look]) -> None:
    walk = Walk.over(the_trace())
    for move in taken:
        before = walk
        walk = move(walk) if callable(move) else apply(walk, move)
        assert 0 <= walk.index < len(walk.trace)
        assert 0.0 <= walk.playhead.fraction <= 1.0
        assert not (walk.halted and (walk.playing or walk.following or not walk.at_rest))
        assert not (walk.following and walk.playing)
        if callable(move):
            assert walk.playhead == before.playhead
        if move in ("next", "previous") and walk.focus is not None and walk.index != before.index:
            assert walk.focus.belongs(walk.event)
        if isinstance(move, float) and walk.halted and not before.halted:
            after = walk.index + 1 if walk.followed is None else walk.followed.after(walk.index)
            assert after is not None
            assert walk.breaks.holds(walk.trace[after], walk.landmarks)


@given(st.lists(moves, max_size=20))
@examples(100)
def test_back_always_moves_back(taken: list[str | float | int | Phase]) -> None:
    walk = Walk.over(the_trace())
    for move in taken:
        walk = apply(walk, move)
    back = walk.previous_event()
    assert back.index == max(0, walk.index - 1)
    assert back.at_rest


@given(
    st.integers(min_value=0, max_value=100),
    st.lists(st.floats(min_value=0.001, max_value=0.5), min_size=1, max_size=30),
)
@examples(100)
def test_many_short_ticks_are_one_long_tick(start: int, ticks: list[float]) -> None:
    walk = Walk.over(the_trace()).at(start).toggled()
    stepped = walk
    for seconds in ticks:
        stepped = stepped.tick(seconds)
    whole = walk.tick(sum(ticks))
    assert place(stepped) == pytest.approx(place(whole), abs=1e-6)
    assert place(stepped) >= place(walk)


@given(st.integers(min_value=0, max_value=118))
@examples(60)
def test_forward_then_back_returns(index: int) -> None:
    walk = Walk.over(the_trace()).at(index)
    forward = walk.next_event()
    if not walk.at_end:
        assert forward.previous_event().playhead == walk.playhead


def test_a_walk_may_open_at_a_step_or_an_event(trace: Trace) -> None:
    walk = Walk.over(trace)
    assert walk.opened_at(trace[5].id).index == 5
    step = trace[len(trace) - 1].step
    assert walk.opened_at(step).event.step == step
    assert walk.opened_at(step).index == next(event.position for event in trace if event.step == step)
    for nowhere in (None, "9.9"):
        assert walk.opened_at(nowhere) == walk
