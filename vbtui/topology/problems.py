"""What can be wrong with a topology file, as codes with parameters and a place.

Decided here: the codes, the shape of one problem, how a found value is made safe to show, and what counts as "did you
mean". In: values from a file, checked as hostile. Out: `Problem` and `TopologyError`.
Never here: a sentence for a person, or the decision whether something is wrong (that is in `yaml_events`, `shape` and
`checks`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

DataPath = tuple[str | int, ...]
"""Where a value stands in the data: `("nodes", 7, "address")`. Indices count from 0, in file order."""

Param = tuple[str, str | int]

MAX_PROBLEMS: Final = 50
"""Problems that one error carries; a last one of code `more` counts the rest."""

MAX_FOUND: Final = 60
"""Characters of a found value that a problem quotes."""


class ProblemCode(StrEnum):
    """What is wrong. Behind each: its parameters beside `found`, `expected`, `suggestion`, `object`."""

    # the file itself
    FILE_MISSING = "file_missing"
    FILE_IS_DIRECTORY = "file_is_directory"
    FILE_NOT_REGULAR = "file_not_regular"
    FILE_UNREADABLE = "file_unreadable"
    """`reason`: the operating system's error name, such as EACCES."""
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    """`limit`: bytes."""
    FILE_NOT_TEXT = "file_not_text"
    """Not UTF-8, or a character that no text file holds; `found` is the byte or character."""
    UNKNOWN_TOPOLOGY = "unknown_topology"
    """Neither a file nor a shipped topology; `known`: the shipped names."""
    # YAML
    SYNTAX = "syntax"
    """`detail`: what the YAML parser (libyaml) says."""
    TAB = "tab"
    """A tab where YAML wants blanks."""
    DUPLICATE_KEY = "duplicate_key"
    """`first_line`: where the key stood before."""
    ANCHOR = "anchor"
    ALIAS = "alias"
    TAG = "tag"
    SECOND_DOCUMENT = "second_document"
    TOO_DEEP = "too_deep"
    """`limit`: levels."""
    TOO_MANY_VALUES = "too_many_values"
    """`limit`: values."""
    KEY_NOT_TEXT = "key_not_text"
    # the shape of one value
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    WRONG_TYPE = "wrong_type"
    """`expected` and `found_type` are of text, integer, number, boolean, list, mapping, nothing."""
    BAD_VALUE = "bad_value"
    """`expected`: the values that are possible."""
    BAD_NAME = "bad_name"
    """`expected`: the pattern of a name."""
    OUT_OF_RANGE = "out_of_range"
    """`expected`: the bound, such as `>= 1`."""
    TOO_FEW = "too_few"
    """`expected`: how many at least; `found`: how many."""
    TOO_MANY = "too_many"
    """`expected`: how many at most (items, or characters of a text); `found`: how many."""
    NOT_PRINTABLE = "not_printable"
    BAD_SIZE = "bad_size"
    BAD_SERVICE = "bad_service"
    PORT_OUT_OF_RANGE = "port_out_of_range"
    BAD_ADDRESS = "bad_address"
    BAD_NETWORK = "bad_network"
    BAD_RANGE = "bad_range"
    HOST_BITS = "host_bits"
    """A CIDR with bits set behind the prefix; `suggestion` is the network."""
    BAD_DATE = "bad_date"
    EMPTY_SELECTOR = "empty_selector"
    RESERVED_NAME = "reserved_name"
    # one part against another
    UNKNOWN_REFERENCE = "unknown_reference"
    """`kind`: zone, datastore, node, machine, vm, firewall, host, vcenter, service, network, ..."""
    WRONG_ROLE = "wrong_role"
    """`expected`: the role that the referenced node lacks; `found` its name."""
    WRONG_KIND = "wrong_kind"
    """`expected`: network or host; `found` the firewall's name."""
    DUPLICATE_NAME = "duplicate_name"
    """`first_line`, `kind`."""
    DUPLICATE_ADDRESS = "duplicate_address"
    """`other`: the machine that has it already; `first_line`."""
    DUPLICATE_ENTRY = "duplicate_entry"
    """The same reference twice in one list; `first_line`."""
    ADDRESS_OUTSIDE_ZONE = "address_outside_zone"
    """`zone`, `expected`: its CIDRs."""
    OVERLAPPING_ZONES = "overlapping_zones"
    """`other`: the zone, `other_cidr`, `first_line`."""
    NO_ADDRESS = "no_address"
    INCOMPLETE_ADDRESS = "incomplete_address"
    """`expected`: the key that is missing beside the one that is there."""
    ADDRESS_TWICE = "address_twice"
    """`zone` and `address` beside `addresses`."""
    DATASTORE_NOT_SEEN = "datastore_not_seen"
    """`host`, `expected`: the datastores that it mounts."""
    VM_WITHOUT_HOST = "vm_without_host"
    HOST_WITHOUT_VM = "host_without_vm"
    """A node names a host although it is physical."""
    TOO_FEW_ZONES = "too_few_zones"
    HOST_FIREWALL_CONNECTS = "host_firewall_connects"
    HOST_DEFAULT_ON_NETWORK = "host_default_on_network"
    DIRECTION_ON_NETWORK = "direction_on_network"
    NO_ROLE = "no_role"
    """No node of the topology has a role that a job needs; `expected`: the role."""
    IMAGE_OUTSIDE = "image_outside"
    USED_OVER_SIZE = "used_over_size"
    """`expected`: the size in bytes."""
    PATH_TO_ITSELF = "path_to_itself"
    AMBIGUOUS_PATH = "ambiguous_path"
    """Two equal shortest ways between two zones; `source`, `destination`, and `first`, `second`: their firewalls."""
    LONELY_ZONE = "lonely_zone"
    """Machines stand in a zone that no firewall joins and no path leads to, though there are others; `zone`."""
    # a scene
    NO_EVENT = "no_event"
    """The walk has no event that a condition describes."""
    UNKNOWN_PRESS = "unknown_press"
    """No key of a keyboard has this name."""
    RUN_STARTED = "run_started"
    """Something in a scene performs the job, which no scene does."""
    APP_ENDED = "app_ended"
    """A scene goes on after one of its keys has ended the app."""
    # the end of a long list
    MORE = "more"
    """`count`: problems that are left out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in the data, before it has a line: the loader knows the file's places and makes the problem."""

    code: ProblemCode
    path: DataPath
    params: tuple[Param, ...] = ()
    known: tuple[str, ...] = ()
    """Words of which `found` may be a misspelling. Compared late, and only for problems that are shown."""
    first: DataPath | None = None
    """Where the thing stands with which this one collides; becomes `first_line`."""
    at_key: bool = False
    """The key is wrong, not its value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1 and are None for the file as a whole."""

    file: Path
    line: int | None
    column: int | None
    where: str
    """Data path for a person, such as `nodes[7].address`; empty for the file as a whole."""
    code: ProblemCode
    params: tuple[Param, ...] = ()

    def param(self, name: str) -> str | int | None:
        """The parameter of that name, or None."""
        return next((value for key, value in self.params if key == name), None)


class TopologyError(Exception):
    """A topology cannot be used. `problems`: at least one, in file order; at most `MAX_PROBLEMS` and one `more`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("; ".join(f"{p.file}:{p.line}:{p.column}: {p.where} {p.code}" for p in self.problems[:3]))


def visible(value: object) -> str:
    """A found value as one short line without control characters, for a quote in a message.

    Text keeps its printable characters, others are written as escapes. Collections are named, not written out.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict() | list() | tuple():
            return f"[{len(value)}]" if not isinstance(value, dict) else f"{{{len(value)}}}"
        case int() if abs(value) >= 10**MAX_FOUND:
            return "-" * (value < 0) + "1e" + str(MAX_FOUND) + "+"
        case _:
            text = str(value)
    cut = text[: MAX_FOUND + 1]
    safe = "".join(char if char.isprintable() else _escape(char) for char in cut)
    return safe if len(text) <= MAX_FOUND and len(safe) <= 6 * MAX_FOUND else safe[:MAX_FOUND] + "…"


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def suggestion(found: object, known: Iterable[str]) -> str | None:
    """The known word that a mistyped one is closest to, or None. Case does not matter."""
    if not isinstance(found, str) or not 0 < len(found) <= 80:
        return None
    words = {word.lower(): word for word in reversed(list(known))}
    close = difflib.get_close_matches(found.lower(), words, n=1, cutoff=0.6)
    return words[close[0]] if close else None


def readable(path: DataPath) -> str:
    """A data path as text: `("nodes", 7, "address")` is `nodes[7].address`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{visible(step)}" if text else visible(step)
    return text
