"""The message catalogues: extract, update, compile, check. `.ci/messages` runs it with the test extra's interpreter.

    .ci/messages            bring locale/de/LC_MESSAGES/vbtui.po up to date with the source, compile vbtui.mo, list what
                            is to be translated
    .ci/messages --check    change nothing; fail if the .po has missing, fuzzy or obsolete entries, if a translation
                            does not keep its message's fields, or if the .mo is not exactly the compiled .po

A text is extracted where it is an argument of one of KEYWORDS, as a function or a method, also inside an f-string: the
source is read as Python's own syntax tree, because before Python 3.12 a tokeniser sees an f-string as one word. Any
other way of looking a text up (`translator(TABLE[key])`) needs the text to be marked with N_ where it stands.
"""

from __future__ import annotations

import ast
import io
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "vbtui"
LANGUAGES = ("de",)
KEYWORDS = {"N_": 1, "plural": 2}
"""How many leading arguments of a call are texts."""
WIDTH = 118
PERCENT = re.compile(r"%(?:\([a-z_]+\))?[sdrf]")


def extract() -> Catalog:
    """Every marked text of the package. Places are files without lines, so that unrelated edits change nothing."""
    catalog = Catalog(project="vbtui", charset="utf-8")
    for file in sorted(PACKAGE.rglob("*.py")):
        place = file.relative_to(ROOT).as_posix()
        for message in sorted(texts_of(file.read_text(encoding="utf-8")), key=repr):
            catalog.add(message, locations=[(place, 0)])
    return catalog


def texts_of(source: str) -> Iterator[str | tuple[str, ...]]:
    """The marked texts of one source file, plural forms as a pair."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = tuple(
            argument.value
            for argument in node.args[: KEYWORDS.get(name, 0)]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        )
        if name in KEYWORDS and len(texts) == KEYWORDS[name] and all(texts):
            yield texts[0] if len(texts) == 1 else texts


def po_file(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "vbtui.po"


def load(language: str) -> Catalog:
    file = po_file(language)
    if not file.exists():
        return Catalog(locale=language, project="vbtui", charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def as_po(catalog: Catalog) -> bytes:
    """The catalogue as text, the same bytes for the same messages: sorted, without dates and line numbers."""
    out = io.BytesIO()
    write_po(out, catalog, width=WIDTH, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        f'msgid ""\nmsgstr ""\n"Project-Id-Version: vbtui\\n"\n"Language: {catalog.locale}\\n"\n'
        '"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: nplurals={catalog.num_plurals}; plural={catalog.plural_expr};\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def as_mo(po: bytes, language: str) -> bytes:
    """The compiled form of a .po file's bytes (GNU gettext manual, "The Format of GNU MO Files").

    Written here and not by the tool, whose own version and the time of day would stand in the header.
    """
    catalog = read_po(io.BytesIO(po), locale=language)
    header = f"Language: {language}\nContent-Type: text/plain; charset=utf-8\nPlural-Forms: {catalog.plural_forms}\n"
    texts = {b"": header.encode()}
    for message in catalog:
        if message.id and message.string and not message.fuzzy:
            texts[_joined(message.id)] = _joined(message.string)
    keys = sorted(texts)
    start = 7 * 4 + len(keys) * 16
    table, data = [b"", b""], b""
    for column, words in enumerate((keys, [texts[key] for key in keys])):
        for word in words:
            table[column] += struct.pack("<II", len(word), start + len(data))
            data += word + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + len(keys) * 8, 0, start)
    return head + table[0] + table[1] + data


def _joined(text: object) -> bytes:
    """Plural forms stand behind each other, parted by NUL."""
    return "\0".join(str(one) for one in (text if isinstance(text, tuple | list) else (text,))).encode()


def fields(text: str) -> list[str]:
    """Named fields and percent codes of a text, sorted: what a translation has to keep."""
    named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return sorted({*named, *PERCENT.findall(text)})


def wrong(catalog: Catalog, source: Catalog) -> list[str]:
    """What keeps a catalogue from being complete, one line each."""
    found = [f"obsolete: {message!r}" for message in catalog.obsolete]
    wanted = {message.id for message in source if message.id}
    known = {message.id: message for message in catalog if message.id}
    found += [f"not in the source any more: {one!r}" for one in known if one not in wanted]
    for one in wanted:
        message = known.get(one)
        strings = () if message is None else message.string if isinstance(message.string, tuple) else (message.string,)
        if message is None or not strings or not all(strings):
            found.append(f"not translated: {one!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {one!r}")
        else:
            originals = one if isinstance(one, tuple) else (one,)
            try:
                kept = all(fields(str(text)) == fields(str(originals[-1])) for text in strings)
            except ValueError:
                kept = False
            if not kept:
                found.append(f"fields differ: {one!r}")
    return sorted(found)


def update(language: str) -> list[str]:
    source, old = extract(), load(language)
    fresh = Catalog(locale=language, project="vbtui", charset="utf-8")
    for message in source:
        if message.id:
            before = old.get(message.id)
            fresh.add(message.id, before.string if before else None, locations=message.locations)
    po = as_po(fresh)
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_bytes(po)
    po_file(language).with_suffix(".mo").write_bytes(as_mo(po, language))
    return wrong(fresh, source)


def check(language: str) -> list[str]:
    if not po_file(language).exists():
        return ["the catalogue is missing"]
    po = po_file(language).read_bytes()
    found = wrong(load(language), extract())
    mo = po_file(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != as_mo(po, language):
        found.append("the .mo file is not the compiled .po file; run .ci/messages")
    return found


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write(__doc__ or "")
        return 2
    failed = False
    for language in LANGUAGES:
        for line in (check if arguments else update)(language):
            sys.stdout.write(f"{language}: {line}\n")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
