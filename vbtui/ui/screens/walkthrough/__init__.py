"""The walkthrough: one screen whose keys live in several files, one subject each.

`screen` holds the walk and shows it to every view. `walk_screen` is what the groups of keys may rely on; each module
named `*_keys` is a class over it with the actions of one subject (`walk_keys` the playhead, `look_keys` what is looked
at, `run_keys` the live run, `neighbour_keys` the other screens), and the screen is all of them together.
Never here: which key does what; that stands in the tables of `ui.keys`.
"""

from vbtui.ui.screens.walkthrough.screen import WalkthroughScreen

__all__ = ["WalkthroughScreen"]
