"""Merging the redo logs of a disk into its base while the guest goes on.

Decided here: the rounds. A helper log takes the new writes while the oldest is merged, until at most `threshold` bytes
are left; only that rest is merged while the guest is stunned (the lock is held). A guest that writes as fast as the
merge is stunned after `max_rounds` for whatever is left then, and the report says that the merge did not converge:
it ends in any case. A log is given up only when the base is on stable storage, so an interrupted commit is finished
by merging again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vbtui.engine.snapshot.chain import MOST_LOGS, RedoChain
from vbtui.engine.snapshot.redo_log import RedoLog
from vbtui.vocabulary import MiB

STUN_THRESHOLD: Final = MiB
"""Bytes of redo log that may be left for the stun."""

MAX_ROUNDS: Final = 8
"""Rounds after which a guest that writes faster than the merge is stunned anyway."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class CommitProgress:
    """How far a merge is: `merged` bytes so far, `left` bytes in the redo logs as they were when the round began."""

    round: int
    merged: int
    left: int
    stunned: bool
    """The last round: writes of the guest wait."""
    converging: bool = True
    """Less was left when this round began than when the one before it did."""


@dataclass(frozen=True, slots=True)
class CommitReport:
    """A finished merge. `stun_seconds` is how long the guest's writes were held at its end."""

    rounds: int
    bytes_merged: int
    stun_seconds: float
    converged: bool = True
    """At most the threshold was left for the stun. False: the guest wrote too fast, and waited for a longer merge."""


class Merge:
    """One commit, in the thread that calls `run`."""

    def __init__(
        self,
        chain: RedoChain,
        lock: threading.RLock,
        clock: Clock,
        *,
        threshold: int = STUN_THRESHOLD,
        max_rounds: int = MAX_ROUNDS,
        on_progress: Callable[[CommitProgress], None] | None = None,
    ) -> None:
        """`lock` holds the guest. Raises ValueError for rounds of which each could not have a log of its own."""
        if threshold < 0 or not 0 <= max_rounds < MOST_LOGS:
            raise ValueError(f"expected a threshold from 0 and 0 to {MOST_LOGS - 1} rounds")
        self._chain = chain
        self._lock = lock
        self._clock = clock
        self._threshold = threshold
        self._max_rounds = max_rounds
        self._on_progress = on_progress
        self._rounds = self._merged = 0
        self._converging = True

    def run(self) -> CommitReport:
        """Merge everything and remove the logs. Raises OSError; the logs are then as good as before."""
        chain = self._chain
        previous: int | None = None
        while self._rounds < self._max_rounds:
            if chain.layers:
                chain.layers[-1].sync()  # what there is to wait for, before the guest has to
            with self._lock:
                left = chain.merge_size
                if len(chain.layers) <= 1:
                    if left <= self._threshold or chain.full:
                        break
                    chain.push()
                self._converging = previous is None or left < previous
                previous = left
            self._rounds += 1
            # Nobody writes to the oldest log any more, and the guest reads its grains from it.
            self._merge(chain.layers[0], left, stunned=False)
            chain.empty_oldest()
            with self._lock:
                chain.drop_oldest()
        with self._lock:
            start = self._clock()
            left = chain.merge_size
            converged = left <= self._threshold
            self._converging = previous is None or left < previous
            self._rounds += 1
            while chain.layers:
                self._merge(chain.layers[0], chain.merge_size, stunned=True)
                if len(chain.layers) == 1:
                    break
                chain.empty_oldest()
                chain.drop_oldest()
            chain.remove()
            return CommitReport(self._rounds, self._merged, self._clock() - start, converged)

    def _merge(self, log: RedoLog, left: int, *, stunned: bool) -> None:
        for offset, piece in log.pieces():
            self._chain.base.merge(offset, piece)
            self._merged += len(piece)
            left -= len(piece)
            if self._on_progress is not None:
                self._on_progress(CommitProgress(self._rounds, self._merged, max(0, left), stunned, self._converging))
        self._chain.base.flush()
