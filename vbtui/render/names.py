"""Long lists of names in few words: a report about ten thousand VMs stays one that a person reads.

In: names, in the order in which they are told. Out: text. Programs read the documents, which have every name.
Never here: widths of columns (`matrix_texts` has what fits into one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vbtui.i18n import N_, Translator

MOST_NAMES: Final = 4
"""Names that are written out without shortening."""


def names_text(translator: Translator, names: Sequence[str]) -> str:
    """Names in a row; of a long list the first two and how many there are, `vm1, vm2 … (250)`."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:2])} … ({translator.number(len(names))})"


def first_names(translator: Translator, names: Sequence[str], most: int = MOST_NAMES, between: str = ", ") -> str:
    """The first names, and behind them how many more there are: for lists whose members are read one by one."""
    if len(names) <= most:
        return between.join(names)
    more = translator(N_("and {count} more")).format(count=translator.number(len(names) - most))
    return f"{between.join(names[:most])}{between if between.isspace() else ' '}{more}"


def unchanged_last(translator: Translator, rows: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Rows of a name, before and after: first what changes; of many that stay alike, one row for all."""
    alike: dict[str, list[str]] = {}
    for name, before, after in rows:
        if before == after:
            alike.setdefault(before, []).append(name)
    folded = {state for state, names in alike.items() if len(names) > MOST_NAMES}
    told = [row for row in rows if row[1] != row[2] or row[1] not in folded]
    return (*told, *((first_names(translator, alike[state]), state, state) for state in alike if state in folded))
