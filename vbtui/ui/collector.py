"""When garbage is collected while a person uses the app: in pieces that no key waits for.

The command line leaves the collector switched off while everything is imported and read. Here it is switched on again
once the first picture stands. Never here: anything about the collector of a process that is not the app's alone.
"""

from __future__ import annotations

import gc
from typing import Final

PIECES: Final = (2_000, 10, 25)
"""Thresholds of the three generations. The views that Textual draws leave some hundred objects in cycles for every key.
With Python's own thresholds one key in twenty waited for a full collection of 10 to 20 ms, as long as for the rest of
its answer; with these it is one in several hundred, and what waits to be collected stays below 20 MB."""


def collect_again() -> None:
    """Collect garbage again, if the command line has left it: but never again what is there for good, which would hold
    up a key for as long as a key may take."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*PIECES)
        gc.enable()
