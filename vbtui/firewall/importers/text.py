"""Bytes of a file as text, and as JSON.

Decided here: the encodings that are read: UTF-8, UTF-16 with its mark (as Excel and PowerShell write it), and for
sheets that are neither, Windows-1252. Raises RulesFileError, nothing else.
"""

from __future__ import annotations

import codecs
import json
from typing import Any

from vbtui.firewall.importers.problems import RulesProblemCode, refused


def text_of(data: bytes, file: str) -> str:
    """UTF-8 or UTF-16, without its mark."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(file, line, RulesProblemCode.NOT_TEXT, found=f"0x{data[error.start]:02x}") from None


def sheet_text(data: bytes, file: str) -> tuple[str, str | None]:
    """The text of a sheet, and the encoding if it had to be assumed."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)):
        return text_of(data, file), None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return text_of(data, file), None


def json_document(data: bytes, file: str) -> Any:
    """The value that a JSON file holds."""
    text = text_of(data, file)
    if not text.strip():
        raise refused(file, None, RulesProblemCode.FILE_EMPTY)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        detail = f"{error.msg} ({error.lineno}:{error.colno})"
        raise refused(file, error.lineno, RulesProblemCode.BAD_JSON, detail=detail) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets without end
        raise refused(file, None, RulesProblemCode.BAD_JSON, detail=type(error).__name__) from None
