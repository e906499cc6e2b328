"""What every part of a topology file has in common: strict, immutable, and cheap to ask again.

Decided here: how parts treat unknown keys, copies and pickles. Never here: a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of every part of the file: strict, immutable, no unknown keys.

    What a part derives from its fields for quick answers (`cached_property`) is no part of it: not of its equality, its
    pickle or its text, and a changed copy derives it anew.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, arbitrary_types_allowed=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__ = self._written(copied.__dict__)
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        return {**state, "__dict__": self._written(state["__dict__"])}

    def _written(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name in type(self).model_fields}
