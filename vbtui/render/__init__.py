"""On paper: everything that a person reads outside the screens, and the sentences that the screens read too.

In: traces, verdicts, check reports, problems, a language. Out: text, tables, marks. The one place where a code becomes
a sentence. Never here: decisions, terminal control, textual; rich only in `tables`.
"""

from vbtui.render.messages import Messages, Narration, Why, citation_text
from vbtui.render.symbols import ASCII, RICH, Symbols, symbols

__all__ = ["ASCII", "RICH", "Messages", "Narration", "Symbols", "Why", "citation_text", "symbols"]
