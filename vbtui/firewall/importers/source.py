"""A file of rules as bytes: how large it may be, and which format it is of.

Decided here: the limits, checked before a file is read, and how a format is recognised by the file's first bytes.
In: a path, or bytes. Out: bytes. Raises `RulesFileError`.
Never here: what the bytes say.
"""

from __future__ import annotations

import codecs
import errno
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vbtui.firewall.importers.imported import RulesFormat
from vbtui.firewall.importers.problems import RulesProblemCode, refused

_MIB: Final = 1024 * 1024

LIMITS: Final[Mapping[RulesFormat, int]] = {
    RulesFormat.CSV: 32 * _MIB,
    RulesFormat.XLSX: 32 * _MIB,
    RulesFormat.NFT: 64 * _MIB,
    RulesFormat.IPTABLES: 32 * _MIB,
    RulesFormat.WINDOWS: 64 * _MIB,
}
"""Bytes that a file of each format may have: some hundred thousand rules, more than any import takes."""

MOST_BYTES: Final = max(LIMITS.values())


def file_bytes(path: Path, file: str, format: RulesFormat | None) -> bytes:
    """The bytes of a regular file. One that is too large for `format`, or for every format, is not read."""
    limit = MOST_BYTES if format is None else LIMITS[format]
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise refused(file, None, RulesProblemCode.FILE_NOT_REGULAR)
        if found.st_size > limit:
            raise _too_large(file, format, limit)
        with path.open("rb") as opened:
            data = opened.read(limit + 1)
    except FileNotFoundError:
        raise refused(file, None, RulesProblemCode.FILE_MISSING) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = errno.errorcode.get(error.errno or 0, "?") if isinstance(error, OSError) else "EINVAL"
        raise refused(file, None, RulesProblemCode.FILE_UNREADABLE, reason=reason) from None
    return within_limit(data, file, format)


def within_limit(data: bytes, file: str, format: RulesFormat | None) -> bytes:
    """The same bytes, if they are not too many and not none."""
    limit = MOST_BYTES if format is None else LIMITS[format]
    if len(data) > limit:
        raise _too_large(file, format, limit)
    if not data:
        raise refused(file, None, RulesProblemCode.FILE_EMPTY)
    return data


def _too_large(file: str, format: RulesFormat | None, limit: int) -> Exception:
    return refused(file, None, RulesProblemCode.FILE_TOO_LARGE, limit=limit, format=format.value if format else "auto")


def recognised(data: bytes, file: str) -> RulesFormat:
    """The format of a file by what it begins with; a text that is none of the others is a sheet."""
    if data.startswith(b"PK\x03\x04"):
        return RulesFormat.XLSX
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = data[:65536].decode("utf-16", errors="replace")
    else:
        head = data[:65536].removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
        if "\0" in head:
            raise refused(file, None, RulesProblemCode.UNKNOWN_FORMAT)
    text = head.lstrip()
    if text.startswith(("{", "[")):
        return RulesFormat.NFT if '"nftables"' in head else RulesFormat.WINDOWS
    lines = [line.strip() for line in text.splitlines()[:200]]
    if any(line.startswith(("*filter", "*nat", "*mangle", "*raw", "*security")) for line in lines):
        return RulesFormat.IPTABLES
    if any(line.startswith("#") and "tables-save" in line for line in lines):
        return RulesFormat.IPTABLES
    if text.startswith("table ") and "{" in text:
        # `nft list ruleset` without -j: no sheet begins so.
        raise refused(file, 1, RulesProblemCode.NOT_NFTABLES)
    return RulesFormat.CSV
