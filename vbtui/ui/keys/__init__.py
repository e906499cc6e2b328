"""Keys: what each key of each screen does, as tables, and the keys of a person's own over them.

In: tables of rows (`key.Key`), a module for each large screen, rows that several share in `shared`; `tables` has all
of them by name. Out: bindings, and what footer, help and palette show. `keymap` says which wishes of a settings file
can be met, `keyed` which keys a screen has now and which of them would do something.
Never here: what an action does; that is for the screens to say.
"""

from vbtui.ui.keys.key import Key, bindings, in_language, keys_in_words, name_of, normal_key, said_keys, written
from vbtui.ui.keys.shared import (
    COPY_KEY,
    ENDS_KEY,
    HELP_KEY,
    LANGUAGE_KEY,
    MANNERS,
    MOTION_KEY,
    PALETTE_KEY,
    PAPER,
    PLAIN_KEY,
    QUIT_KEY,
    READ_KEY,
    RUN_KEY,
    TEN_ROWS_KEY,
    THEME_KEY,
    WRITE_KEY,
    row_key,
    view_key,
)
from vbtui.ui.keys.walkthrough import WALKTHROUGH_KEYS

__all__ = [
    "COPY_KEY",
    "ENDS_KEY",
    "HELP_KEY",
    "LANGUAGE_KEY",
    "MANNERS",
    "MOTION_KEY",
    "PALETTE_KEY",
    "PAPER",
    "PLAIN_KEY",
    "QUIT_KEY",
    "READ_KEY",
    "RUN_KEY",
    "TEN_ROWS_KEY",
    "THEME_KEY",
    "WALKTHROUGH_KEYS",
    "WRITE_KEY",
    "Key",
    "bindings",
    "in_language",
    "keys_in_words",
    "name_of",
    "normal_key",
    "row_key",
    "said_keys",
    "view_key",
    "written",
]
