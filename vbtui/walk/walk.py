"""The walk: a playhead over a trace, and everything that moves it.

Theory of operation. The playhead stands *in* an event, `fraction` of the way through its animation; at 1 the event has
been shown and the walk rests. Going forward enters the next event at 0, so that it is shown, and going back enters the
one before at 1, because what was shown need not be shown again. A forward key in mid-animation finishes the animation
and moves no further; a backward key always moves. Every key of a person ends playing: who steers, holds the wheel.

Live: while a run is performed its position comes in through `joined`. A walk that follows is taken along; every other
key detaches it (the run goes on), and `end` rejoins for as long as the run lives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from vbtui.trace import Event, Trace
from vbtui.vocabulary import Phase
from vbtui.walk.breakpoints import NO_BREAKPOINTS, Breakpoints
from vbtui.walk.focus import Focus, Followed, follow
from vbtui.walk.landmarks import Landmarks
from vbtui.walk.pace import NORMAL, SPEEDS, seconds_of

_SHOWN: Final = 1.0
_NEARLY: Final = 1.0 - 1e-9
"""Fractions beyond this count as shown: sums of small steps of time need not meet 1 exactly."""


@dataclass(frozen=True, slots=True, order=True)
class Playhead:
    """A place in a trace: an event by its position, and how far its animation is, 0 to 1."""

    index: int
    fraction: float = _SHOWN


@dataclass(frozen=True)
class Walk:
    """A place and a manner of moving. Immutable: every verb returns the walk that follows."""

    trace: Trace
    landmarks: Landmarks = field(repr=False, compare=False)
    playhead: Playhead = Playhead(0)
    playing: bool = False
    speed: float = NORMAL
    animated: bool = True
    """Without it a key enters events as shown; playing still takes its time at each, for the reader."""
    live: int | None = None
    """Position of the run that is being performed; None when there is none."""
    following: bool = False
    """The playhead is taken along by the run."""
    breaks: Breakpoints = NO_BREAKPOINTS
    """Playing stops before the events that they hold."""
    halted: bool = False
    """A breakpoint has stopped playing, and nobody has moved on since."""
    followed: Followed | None = field(default=None, repr=False)
    """Next and previous go through the events of this; None for through all."""

    @classmethod
    def over(cls, trace: Trace, *, animated: bool = True) -> Walk:
        """A walk that rests at the first event. Raises ValueError for a trace without events."""
        if not trace.events:
            raise ValueError("a walk needs at least one event")
        return cls(trace, Landmarks(trace), animated=animated)

    @property
    def event(self) -> Event:
        return self.trace[self.playhead.index]

    @property
    def index(self) -> int:
        return self.playhead.index

    @property
    def vm(self) -> str | None:
        """The VM of the event or of the last one before that had one, so that views do not jump at the job's own
        events; before them all the first VM; None for a job without VMs."""
        events = self.trace.events[: self.index + 1]
        before = (event.vm for event in reversed(events) if event.vm is not None)
        return next(before, self.trace.vms[0].vm if self.trace.vms else None)

    @property
    def at_rest(self) -> bool:
        """The event's animation is over."""
        return self.playhead.fraction >= _NEARLY

    @property
    def moving(self) -> bool:
        """Time changes something: views need a clock only while this holds."""
        return self.playing or not self.at_rest

    @property
    def at_end(self) -> bool:
        return self.index == len(self.trace) - 1 and self.at_rest

    @property
    def focus(self) -> Focus | None:
        """What is followed."""
        return None if self.followed is None else self.followed.focus

    @property
    def has_followed(self) -> bool:
        """Something is followed, and events belong to it."""
        return self.followed is not None and bool(self.followed.positions)

    # ---- a person's keys --------------------------------------------------------------------------------------------

    def next_event(self) -> Walk:
        """Finish the animation; if there is none, enter the next event."""
        return self._forward(self._after(self.index))

    def previous_event(self) -> Walk:
        """Back to the event before, as shown; also in mid-animation."""
        before = self.index - 1 if self.followed is None else self.followed.before(self.index)
        return self._steered(Playhead(self.index if before is None else max(0, before)))

    def next_step(self) -> Walk:
        """Finish the animation; if there is none, enter the first event of the next step; in the last step go to the
        end."""
        following = self.landmarks.step_after(self.index)
        return self._forward(len(self.trace) - 1 if following is None else following)

    def previous_step(self) -> Walk:
        """Back to where the step began, or if this is there, to where the step before began."""
        before = self.landmarks.step_before(self.index)
        return self._steered(Playhead(before or 0))

    def start(self) -> Walk:
        return self._steered(Playhead(0))

    def end(self) -> Walk:
        """To the run if one is live, otherwise to the last event."""
        if self.live is not None:
            return replace(self, playing=False, following=True, playhead=self._clamped(self.live))
        return self._steered(Playhead(len(self.trace) - 1))

    def phase(self, phase: Phase, vm: str | None = None) -> Walk:
        """To the first event of a phase: for `vm`, otherwise of the first VM that has it; stays if none has."""
        start = self.landmarks.phase(phase, vm)
        return self if start is None else self._steered(Playhead(start))

    def at_event(self, event: str) -> Walk:
        """To the event of that id. Raises KeyError."""
        return self._steered(Playhead(self.trace.by_id[event].position))

    def opened_at(self, place: str | None) -> Walk:
        """To the event of that id, or to the first of that step; stays if there is neither, and for None."""
        if place is None:
            return self
        event = self.trace.by_id.get(place) or self.trace.first_of(place)
        return self if event is None else self.at(event.position)

    def at(self, index: int) -> Walk:
        """To a position, cut to the trace."""
        return self._steered(self._clamped(index))

    def toggled(self) -> Walk:
        """Play or pause. A pause in mid-animation lets it finish; playing at the end begins again."""
        if self.playing or self.following:
            return replace(self, playing=False, following=False)
        if not self.at_rest:
            return replace(self, playing=True)
        # At rest the next event is entered at once, so that the key is answered, also if a breakpoint holds it.
        following = self._after(self.index)
        if following is None:
            following = 0 if self.followed is None else self.followed.after(-1)
        if following is None:
            return self
        return replace(self, playing=True, halted=False, playhead=Playhead(following, 0.0))

    def faster(self) -> Walk:
        return replace(self, speed=next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1]))

    def slower(self) -> Walk:
        return replace(self, speed=next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0]))

    def breaking(self, breaks: Breakpoints) -> Walk:
        """With other breakpoints, at the same place."""
        return replace(self, breaks=breaks)

    def follow(self, focus: Focus | None) -> Walk:
        """Follow something from now on, at the same place; None follows nothing."""
        return replace(self, followed=None if focus is None else follow(self.trace, focus))

    def onto(self, trace: Trace) -> Walk:
        """The same place on another trace of the job, at rest: the same event, else the last before it that is there
        too, else the first. Breakpoints stay; what is followed stays if the other trace has it."""
        earlier = (trace.by_id.get(event.id) for event in reversed(self.trace.events[: self.index + 1]))
        same = next((event for event in earlier if event is not None), None)
        place = Playhead(0 if same is None else same.position)
        walk = replace(
            Walk.over(trace, animated=self.animated), playhead=place, speed=self.speed, breaks=self.breaks
        ).follow(self.focus)
        return walk if walk.has_followed else walk.follow(None)

    # ---- time and the run -------------------------------------------------------------------------------------------

    def tick(self, seconds: float) -> Walk:
        """The walk after so many seconds. Negative or no time changes nothing."""
        if seconds <= 0 or not self.moving:
            return self
        index, fraction, left = self.index, self.playhead.fraction, seconds * self.speed
        while True:
            needed = (_SHOWN - fraction) * seconds_of(self.trace[index])
            if left < needed * _NEARLY:
                fraction += left / seconds_of(self.trace[index])
                return replace(self, playhead=Playhead(index, fraction))
            following = self._after(index) if self.playing else None
            if following is None:
                return replace(self, playing=False, playhead=Playhead(index))
            if self.breaks.holds(self.trace[following], self.landmarks):
                return replace(self, playing=False, halted=True, playhead=Playhead(index))
            index, fraction, left = following, 0.0, left - needed

    def joined(self, index: int) -> Walk:
        """A run has begun the event at `index` (-1: none yet). The first call makes the walk follow."""
        place = self._clamped(index).index
        following = self.following if self.live is not None else True
        walk = replace(
            self,
            live=place,
            following=following,
            playing=self.playing and not following,
            halted=self.halted and not following,
        )
        if not following or place == self.index:
            return walk
        # An event behind the next one is entered as shown: the run has been faster than the eye.
        return replace(walk, playhead=walk._entered(place) if place == self.index + 1 else Playhead(place))

    def left(self) -> Walk:
        """The run is over or gone; the playhead stays where it is."""
        return replace(self, live=None, following=False)

    # ---- parts ------------------------------------------------------------------------------------------------------

    def _after(self, index: int) -> int | None:
        """Where forward leads from an event; None at the end, or where nothing more belongs to what is followed."""
        if self.followed is not None:
            return self.followed.after(index)
        return index + 1 if index + 1 < len(self.trace) else None

    def _forward(self, index: int | None) -> Walk:
        if index is None or index <= self.index or (not self.at_rest and not self.following):
            return self._steered(Playhead(self.index))
        return self._steered(self._entered(index))

    def _steered(self, playhead: Playhead) -> Walk:
        return replace(self, playhead=playhead, playing=False, following=False, halted=False)

    def _entered(self, index: int) -> Playhead:
        return Playhead(index, 0.0 if self.animated else _SHOWN)

    def _clamped(self, index: int) -> Playhead:
        return Playhead(min(max(index, 0), len(self.trace) - 1))
