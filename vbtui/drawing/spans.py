"""Sharing cells between columns and gaps that each have a least, a wanted and a greatest size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Sizes in cells, ascending: below `least` it does not work, above `most` it looks empty."""

    least: int
    wanted: int
    rich: int
    most: int

    def widened(self, by: int) -> Span:
        return Span(self.least + by, self.wanted + by, self.rich + by, self.most + by)

    def joined(self, other: Span) -> Span:
        """A span that serves both."""
        return Span(
            max(self.least, other.least),
            max(self.wanted, other.wanted),
            max(self.rich, other.rich),
            max(self.most, other.most),
        )


def share(spans: Sequence[Span], total: int) -> list[int]:
    """Sizes for `spans` that sum up to at most `total`: all wanted sizes first, then the rich, then the greatest.

    Within one stage everybody gets the same number of cells until it has enough. Never below `least`, even if the sum
    then exceeds `total`.
    """
    sizes = [span.least for span in spans]
    spare = total - sum(sizes)
    for goals in (
        [max(s.least, s.wanted) for s in spans],
        [max(s.least, s.wanted, s.rich) for s in spans],
        [max(s.least, s.wanted, s.rich, s.most) for s in spans],
    ):
        while spare > 0:
            hungry = [index for index, goal in enumerate(goals) if sizes[index] < goal]
            if not hungry:
                break
            each = max(1, min(spare // len(hungry), min(goals[i] - sizes[i] for i in hungry)))
            for index in hungry[: spare if each == 1 else None]:
                sizes[index] += each
                spare -= each
    return sizes
