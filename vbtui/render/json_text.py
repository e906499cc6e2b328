"""A document as the text that programs read, the same bytes for the same document."""

from __future__ import annotations

import json
from typing import Any


def json_text(document: Any) -> str:
    """A document as text: sorted, ASCII, with a newline at its end."""
    return json.dumps(document, indent=1, sort_keys=True) + "\n"
