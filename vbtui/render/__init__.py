"""On paper: everything that a person reads outside the screens, and the sentences that the screens read too.

In: traces, verdicts, check reports, change requests, findings, problems, a language. Out: text, tables, marks. The one
place where a code becomes a sentence: `messages` and the modules named `*_texts` have them, `*_sheets` put them into
tables, `documents` and their like write JSON and CSV that no language changes; `markdown`, `workbook`, `sarif`,
`junit` and `graph_formats` each know one format of other programs.
Never here: decisions, terminal control, textual; rich only in `tables`, openpyxl only in `workbook`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vbtui.render.messages import Messages, Narration, Why, citation_text
    from vbtui.render.symbols import ASCII, RICH, Symbols, symbols
else:

    def __getattr__(name: str) -> object:
        """Loaded when asked for: a command on disk images needs no topology, and loading one takes a quarter second."""
        from importlib import import_module

        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = "symbols" if name in ("ASCII", "RICH", "Symbols", "symbols") else "messages"
        return getattr(import_module(f"{__name__}.{home}"), name)


__all__ = ["ASCII", "RICH", "Messages", "Narration", "Symbols", "Why", "citation_text", "symbols"]
