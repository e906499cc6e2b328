"""Strict reading of the data files that ship inside the package: YAML in, checked values out.

Decided here: what a well-formed entry is (only known keys, only text where text is meant, both languages, no
placeholders) and the one exception that says what is wrong. The files are ours, so a fault is a programming error, but
it must name its place all the same.
Never here: reading a file of a user (that is `topology.loading`), or what the entries mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

import yaml

LANGUAGES = ("en", "de")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class DataError(ValueError):
    """A shipped data file is wrong. `entry` is the id of the entry, `found` what stands there."""

    def __init__(self, file: str, entry: str, expected: str, found: object) -> None:
        super().__init__(f"{file}: {entry}: expected {expected}, found {found!r}")
        self.file = file
        self.entry = entry
        self.expected = expected
        self.found = found


class Entry:
    """One mapping of a data file. Every key is read once; `done` then refuses the keys that nobody read."""

    __slots__ = ("_read", "_values", "file", "name")

    def __init__(self, file: str, name: str, values: object) -> None:
        if not isinstance(values, Mapping) or not all(isinstance(key, str) for key in values):
            raise DataError(file, name, "a mapping with text keys", values)
        self.file = file
        self.name = name
        self._values: Mapping[str, object] = values
        self._read: set[str] = set()

    def fault(self, expected: str, found: object) -> DataError:
        return DataError(self.file, self.name, expected, found)

    def has(self, key: str) -> bool:
        return key in self._values

    def raw(self, key: str) -> object:
        """The value of a key that must be there."""
        self._read.add(key)
        if key not in self._values:
            raise self.fault(f"the key '{key}'", sorted(self._values))
        return self._values[key]

    def text(self, key: str) -> str:
        return self._as_text(key, self.raw(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts; absent means empty."""
        if not self.has(key):
            return ()
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.fault(f"a list as '{key}'", value)
        found = tuple(self._as_text(key, item) for item in value)
        if len(set(found)) != len(found):
            raise self.fault(f"each item of '{key}' once", value)
        return found

    def number(self, key: str, default: int) -> int:
        if not self.has(key):
            return default
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.fault(f"a whole number from 1 up as '{key}'", value)
        return value

    def flag(self, key: str) -> bool:
        """True or false; absent means false."""
        if not self.has(key):
            return False
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self.fault(f"true or false as '{key}'", value)
        return value

    def bilingual(self, key: str) -> dict[str, str]:
        """Text in exactly the languages of `LANGUAGES`, without the braces of a placeholder."""
        found = self._in_languages(key)
        for text in found.values():
            if "{" in text or "}" in text:
                raise self.fault(f"'{key}' without braces", text)
        return found

    def template(self, key: str, fields: frozenset[str]) -> dict[str, str]:
        """Text in exactly the languages of `LANGUAGES` with placeholders such as `{vm}`: plain names out of `fields`,
        the same in each language."""
        found = self._in_languages(key)
        named = {language: set(_PLACEHOLDER.findall(text)) for language, text in found.items()}
        for language, text in found.items():
            if "{" in (rest := _PLACEHOLDER.sub("", text)) or "}" in rest:
                raise self.fault(f"'{key}' with placeholders of plain names", text)
            if not named[language] <= fields:
                raise self.fault(f"'{key}' with placeholders out of {', '.join(sorted(fields))}", text)
            if named[language] != named[LANGUAGES[0]]:
                raise self.fault(f"'{key}' with the same placeholders in every language", text)
        return found

    def _in_languages(self, key: str) -> dict[str, str]:
        value = self.raw(key)
        if not isinstance(value, Mapping) or tuple(sorted(value)) != tuple(sorted(LANGUAGES)):
            raise self.fault(f"'{key}' in {' and '.join(LANGUAGES)}", value)
        return {language: " ".join(self._as_text(key, value[language]).split()) for language in LANGUAGES}

    def inner(self, key: str) -> Entry:
        """The mapping below a key."""
        return Entry(self.file, f"{self.name}.{key}", self.raw(key))

    def inner_list(self, key: str) -> tuple[Entry, ...]:
        """The mappings of the list below a key; absent means empty."""
        if not self.has(key):
            return ()
        value = self.raw(key)
        if not isinstance(value, list):
            raise self.fault(f"a list as '{key}'", value)
        return tuple(Entry(self.file, f"{self.name}.{key}[{place}]", item) for place, item in enumerate(value))

    def names(self) -> tuple[str, ...]:
        """The keys in the file's order."""
        return tuple(self._values)

    def done(self) -> None:
        """Raises DataError for the first key that nobody read."""
        for key in self._values:
            if key not in self._read:
                raise self.fault("no unknown key", key)

    def _as_text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fault(f"text as '{key}' (quote numbers)", value)
        return value


def read_document(package: str, file: str) -> object:
    """The parsed content of a shipped YAML file."""
    return yaml.load(files(package).joinpath(file).read_bytes(), Loader=yaml.CSafeLoader)


def entries(file: str, document: object, key: str) -> Iterator[Entry]:
    """The entries of a file that is a list; `key` holds each entry's id, which must be unique."""
    if not isinstance(document, list) or not document:
        raise DataError(file, "(file)", "a list of entries", type(document).__name__)
    seen: set[str] = set()
    for place, item in enumerate(document):
        name = item.get(key) if isinstance(item, Mapping) else None
        entry = Entry(file, name if isinstance(name, str) else f"entry {place + 1}", item)
        if entry.text(key) in seen:
            raise entry.fault("an id that occurs once", name)
        seen.add(entry.text(key))
        yield entry
