"""The key tables of all screens, by the name that their actions begin with: what a settings file may speak of."""

from __future__ import annotations

from typing import Final

from vbtui.ui.keys import WALKTHROUGH_KEYS
from vbtui.ui.keys.data import DATA_KEYS
from vbtui.ui.keys.firewall import FIREWALL_KEYS
from vbtui.ui.keys.keymap import KeyTables
from vbtui.ui.keys.start import START_KEYS
from vbtui.ui.keys.what_if import WHAT_IF_KEYS
from vbtui.ui.notes.keys import NOTES_KEYS
from vbtui.ui.screens.inspection import INSPECTION_KEYS

KEY_TABLES: Final[KeyTables] = {
    "walkthrough": WALKTHROUGH_KEYS,
    "firewall": FIREWALL_KEYS,
    "data": DATA_KEYS,
    "what_if": WHAT_IF_KEYS,
    "inspection": INSPECTION_KEYS,
    "start": START_KEYS,
    "notes": NOTES_KEYS,
}
