"""The settings file: what a person wants every time, without saying it on the command line.

Decided here: where the file is (`--config`, then VBTUI_CONFIG, then `vbtui/config.yaml` in the folder for settings),
what may stand in it, and that nothing in it ever ends the program: what is wrong is told with its place and left out,
the rest counts. Read as strictly as a topology file. Which keys and actions exist is known to the screens
(`ui.keys.keymap`); here they are only names.

    language: de                     # en, de
    theme: light                     # dark, light, auto
    motion: reduced                  # full, reduced, none
    ascii: true                      # only characters that every font has
    predict: true                    # in the app: ask before something is shown
    keys:
      walkthrough.play: [space, p]   # an action of a screen, and its key or keys
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vbtui.i18n import LANGUAGES

if TYPE_CHECKING:
    from vbtui.topology import DataPath, Places, Problem

VARIABLE: Final = "VBTUI_CONFIG"
OPTION: Final = "--config"
LARGEST: Final = 64 * 1024
"""Bytes of a settings file that are read at all."""
MOST_KEYS: Final = 8
"""Keys of one action."""
_WORDS: Final = {
    "language": LANGUAGES,
    "theme": ("dark", "light", "auto"),
    "motion": ("full", "reduced", "none"),
}
_FLAGS: Final = ("ascii", "predict")
_KNOWN: Final = (*_WORDS, *_FLAGS, "keys")


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """An action and the keys that it is to have, as they stand in the file."""

    action: str
    keys: tuple[str, ...]
    place: str
    """`FILE:LINE:COLUMN`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says; None where it says nothing."""

    file: Path | None = None
    language: str | None = None
    theme: str | None = None
    motion: str | None = None
    ascii: bool | None = None
    predict: bool | None = None
    keys: tuple[KeyEntry, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    """What is wrong with the file, in its order, and is left out."""


NO_SETTINGS: Final = Settings()


def settings_file(environment: Mapping[str, str], named: str | None) -> Path | None:
    """The file to read: the one that is named, even if it does not exist, else the usual one if there is one."""
    if wanted := named or environment.get(VARIABLE):
        return Path(wanted)
    home = environment.get("HOME", "")
    folder = environment.get("XDG_CONFIG_HOME", "") or (f"{home}/.config" if home else "")
    if not Path(folder).is_absolute():  # the specification of these folders has relative ones ignored
        return None
    usual = Path(folder) / "vbtui" / "config.yaml"
    try:
        return usual if usual.exists() else None
    except OSError:
        return usual


def read_settings(file: Path | None) -> Settings:
    """What a file says. Raises nothing, whatever the file is."""
    if file is None:
        return NO_SETTINGS
    from vbtui.topology import Problem, ProblemCode, TopologyError
    from vbtui.topology.loading import BYTE_ORDER_MARK, file_text
    from vbtui.topology.yaml_events import read_document

    try:
        text = file_text(file, limit=LARGEST).removeprefix(BYTE_ORDER_MARK)
    except TopologyError as error:
        found = tuple(
            replace(one, code=ProblemCode.FILE_NOT_REGULAR) if one.code is ProblemCode.FILE_IS_DIRECTORY else one
            for one in error.problems
            if one.code is not ProblemCode.FILE_EMPTY
        )
        return Settings(file, problems=found)
    document = read_document(text)
    faults = tuple(Problem(file, *fault.place, "", fault.code, fault.params) for fault in document.faults)
    if not document.whole or document.data is None:
        return Settings(file, problems=faults)
    return _Reading(file, document.places, faults).settings(document.data)


class _Reading:
    """Takes the entries of a file one by one; what is wrong with one of them harms no other."""

    def __init__(self, file: Path, places: Places, faults: tuple[Problem, ...]) -> None:
        self._file, self._places, self._problems = file, places, list(faults)

    def settings(self, data: Any) -> Settings:
        from vbtui.topology.problems import MAX_PROBLEMS

        if not isinstance(data, dict):
            self._type((), data, "mapping")
            data = {}
        for key in data:
            if key not in _KNOWN:
                self._unknown(key)
        words = {name: self._word(name, data[name], known) for name, known in _WORDS.items() if name in data}
        flags = {name: self._flag(name, data[name]) for name in _FLAGS if name in data}
        entries = tuple(self._entries(data["keys"])) if "keys" in data else ()
        problems = sorted(self._problems, key=lambda one: (one.line or 0, one.column or 0))
        return Settings(self._file, keys=entries, problems=tuple(problems[:MAX_PROBLEMS]), **words, **flags)  # type: ignore[arg-type]

    def _word(self, name: str, value: Any, known: tuple[str, ...]) -> str | None:
        from vbtui.topology.problems import ProblemCode, suggestion, visible

        if isinstance(value, str) and value in known:
            return value
        near = suggestion(value, known) if isinstance(value, str) else None
        params = [("found", visible(value)), ("expected", ", ".join(known))]
        self._add((name,), ProblemCode.BAD_VALUE, *params, *([("suggestion", near)] if near else []))
        return None

    def _flag(self, name: str, value: Any) -> bool | None:
        if isinstance(value, bool):
            return value
        self._type((name,), value, "boolean")
        return None

    def _entries(self, data: Any) -> Iterator[KeyEntry]:
        from vbtui.topology.problems import ProblemCode

        if not isinstance(data, dict):
            self._type(("keys",), data, "mapping")
            return
        for action, value in data.items():
            keys = value if isinstance(value, list) else [value]
            # A digit is a key too, and YAML reads it as a number.
            texts = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in keys]
            path: DataPath = ("keys", action)
            if not texts or len(texts) > MOST_KEYS:
                code = ProblemCode.TOO_MANY if texts else ProblemCode.TOO_FEW
                self._add(path, code, ("found", str(len(texts))), ("expected", str(MOST_KEYS if texts else 1)))
            elif wrong := [one for one in texts if not isinstance(one, str)]:
                self._type(path, wrong[0], "text")
            else:
                line, column = self._places.nearest_key(path)
                yield KeyEntry(str(action), tuple(texts), f"{self._file}:{line}:{column}")

    def _unknown(self, key: Any) -> None:
        from vbtui.topology.problems import ProblemCode, suggestion, visible

        near = suggestion(key, _KNOWN)
        more = [("suggestion", near)] if near else []
        self._add((key,), ProblemCode.UNKNOWN_KEY, ("found", visible(key)), *more, place=self._places.nearest_key)

    def _type(self, path: DataPath, value: Any, expected: str) -> None:
        from vbtui.topology.problems import ProblemCode, visible
        from vbtui.topology.shape import type_word

        found = type_word(value)
        params = [("expected", expected), ("found_type", found)]
        if found not in ("list", "mapping", "nothing"):
            params.append(("found", visible(value)))
        self._add(path, ProblemCode.WRONG_TYPE, *params)

    def _add(
        self,
        path: DataPath,
        code: Any,
        *params: tuple[str, str],
        place: Callable[[DataPath], tuple[int, int]] | None = None,
    ) -> None:
        from vbtui.topology.problems import Problem, readable

        line, column = (place or self._places.nearest)(path)
        self._problems.append(Problem(self._file, line, column, readable(path), code, params))
