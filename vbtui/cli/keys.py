"""`keys`: every action of every screen by the name that a settings file gives keys by, its keys, and what it does.

Decided here: nothing; the tables are the screens'. With a settings file its keys are listed, and what is wrong with it
is told on standard error.
"""

from __future__ import annotations

import sys

import click

from vbtui.cli.exits import Exit
from vbtui.cli.looks import complain_of_settings, config_option, own_keys
from vbtui.cli.options import printing_options
from vbtui.cli.plain import as_it_is
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("List the keys of the screens."),
    help=N_(
        "List every action of every screen with its keys and what it does. The names are those under 'keys:' in a "
        "settings file; a key there is a letter, a sign, or a name such as space, f5, ctrl+k."
    ),
)
@config_option
@printing_options
def keys() -> int:
    from vbtui.render.sheet import Sheet
    from vbtui.ui.keys import keys_in_words, name_of
    from vbtui.ui.keys.tables import KEY_TABLES

    session = current()
    say, (keymap, _) = session.say, own_keys(session)
    complain_of_settings(session)
    plain = session.on(sys.stdout) is not as_it_is
    columns = (say(N_("Action")), say(N_("Keys")), say(N_("Meaning")))
    sheets = []
    for screen, table in KEY_TABLES.items():
        rows: list[tuple[str, ...]] = []
        for key in keymap.applied(table, screen):
            for place, (names, action) in enumerate(key.keys):
                meaning = key.each[place] if key.each else key.long
                told = keys_in_words(say, say(meaning), plain=plain)
                rows.append((name_of(action, screen), ", ".join(names.split(",")), told))
        sheets.append(Sheet(screen, columns, tuple(rows)))
    session.write_sheets(sheets)
    return Exit.DONE
