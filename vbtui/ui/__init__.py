"""On screen: the walkthrough and the screens around it, as a Textual app.

In: an `Opening` (a loaded topology, its job, a language, looks), a clock, a way to start a run. Out: pictures of a
`Walk` at its playhead, and the exit code. `run_app` is the door.
Widgets never ask for anything: they are shown a `Moment`, an immutable value with everything in it, and draw the rows
that changed. Time comes from an injected clock and a timer that only runs while something moves.
Who is new reads `opening` (with what the app is opened), `app` (which screen comes first), `walkthroughs` (how one walk
follows another), `moment` (what a view is given), `screens.walkthrough` (a key becomes a walk, a walk a moment) and one
of the `widgets`. What keys do stands in the tables of `keys`, how they do it in the screens and their modules named
`*_keys`; colours are inks (`inks`, `themes`); everything from a file goes through `text`. `notes` is the second
terminal of a presentation.
Never here: what happens (`workflow`), where the playhead may go (`walk`), where boxes stand (`drawing`), the
sentences of events (`render`), real bytes (`job`). Names from files are put on the screen as they are, never as
markup.
"""

from vbtui.ui.app import WalkthroughApp, run_app
from vbtui.ui.live import Run, StartRun
from vbtui.ui.looks import Looks, Motion
from vbtui.ui.opening import Opening, Shown

__all__ = ["Looks", "Motion", "Opening", "Run", "Shown", "StartRun", "WalkthroughApp", "run_app"]
