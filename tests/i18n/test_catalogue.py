"""The message catalogues: complete, true to their messages, compiled from what a reader sees; and a checker that sees
every fault that it is there for."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = "de"


def load_checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("message_catalogues", ROOT / ".ci" / "messages.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


messages = load_checker()


@pytest.fixture(scope="module")
def source() -> Catalog:
    """What the source says, read once: no test here changes it."""
    found: Catalog = messages.extract()
    return found


def test_the_german_catalogue_is_complete_and_compiled() -> None:
    assert messages.check(LANGUAGE) == []


def test_the_catalogue_is_written_the_same_way_again() -> None:
    po = messages.po_file(LANGUAGE).read_bytes()
    assert messages.as_mo(po, LANGUAGE) == messages.as_mo(po, LANGUAGE)
    assert messages.as_po(messages.load(LANGUAGE)) == po


def first_translated(text: str) -> tuple[str, str]:
    """A one-line message with a field, and its translation, as they stand in the file."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        if line.startswith('msgid "{vm} is encrypted"'):
            return line, lines[place + 1]
    raise AssertionError("the message is gone; name another one")


def without_translation(text: str) -> str:
    msgid, msgstr = first_translated(text)
    return text.replace(f"{msgid}\n{msgstr}", f'{msgid}\nmsgstr ""')


def fuzzy(text: str) -> str:
    msgid, _ = first_translated(text)
    return text.replace(f"#, python-brace-format\n{msgid}", f"#, fuzzy, python-brace-format\n{msgid}")


def obsolete(text: str) -> str:
    return f'{text}\n#~ msgid "long gone"\n#~ msgstr "lange her"\n'


def another_field(text: str) -> str:
    _, msgstr = first_translated(text)
    return text.replace(msgstr, msgstr.replace("{vm}", "{host}"))


def extra_message(text: str) -> str:
    return f'{text}\nmsgid "nobody says this"\nmsgstr "das sagt niemand"\n'


def other_words(text: str) -> str:
    return text.replace("verschlüsselt", "versteckt")


MUTANTS: list[Callable[[str], str]] = [without_translation, fuzzy, obsolete, another_field, extra_message, other_words]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.__name__)
def test_the_check_sees(
    mutant: Callable[[str], str], source: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = messages.po_file(LANGUAGE)
    text = whole.read_text(encoding="utf-8")
    changed = mutant(text)
    assert changed != text
    copy = tmp_path / "vbtui.po"
    copy.write_text(changed, encoding="utf-8")
    copy.with_suffix(".mo").write_bytes(whole.with_suffix(".mo").read_bytes())
    monkeypatch.setattr(messages, "extract", lambda: source)
    monkeypatch.setattr(messages, "po_file", lambda _: copy)
    assert messages.check(LANGUAGE) != []


def test_a_text_inside_an_f_string_is_extracted() -> None:
    source = "title = f\"{say(N_('Step'))} {plural('{n} file', '{n} files', count)}\"; say(text); N_(text)"
    assert set(messages.texts_of(source)) == {"Step", ("{n} file", "{n} files")}
