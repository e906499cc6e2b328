"""A data file that is wrong is refused with the entry and the fault named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from vbtui.catalogue import DataError
from vbtui.catalogue.data_file import Entry, entries
from vbtui.catalogue.loading import load_references, read_rows
from vbtui.vocabulary import Profile

GOOD: dict[str, Any] = {
    "id": "sample",
    "need": "nfc",
    "alternative": "only",
    "order": {"v12": 1, "v13": 2},
    "from": "proxy/data_mover",
    "to": "esxi_host/nfc",
    "services": {"v12": ["tcp/902"], "v13": ["tcp/902", "tcp/2500-3300"]},
    "steps": ["5.1", "6"],
    "level": "required",
    "when": ["vcenter"],
    "on_demand": True,
    "purpose": {"en": "Read.", "de": "Lesen."},
    "citations": [
        {"source": ["HC12", "HC13"], "place": "a row", "confidence": "high"},
        {"source": "SEED", "place": "section 5", "confidence": "low", "profiles": ["v13"]},
    ],
    "disagreements": ["blocked-902"],
}


def read(values: object) -> Any:
    return read_rows(Entry("sample.yaml", "sample", values), load_references())


def test_a_good_entry_becomes_one_row_per_profile() -> None:
    rows = read(GOOD)
    assert list(rows) == [Profile.V12, Profile.V13]
    assert (rows[Profile.V12].order, rows[Profile.V13].order) == (1, 2)
    assert [str(service) for service in rows[Profile.V13].services] == ["tcp/902", "tcp/2500-3300"]
    assert [c.source.key for c in rows[Profile.V12].citations] == ["HC12"]
    assert [c.source.key for c in rows[Profile.V13].citations] == ["HC13", "SEED"]


def change(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def apply(values: dict[str, Any]) -> None:
        values[key] = value

    return apply


def drop(key: str) -> Callable[[dict[str, Any]], None]:
    def apply(values: dict[str, Any]) -> None:
        del values[key]

    return apply


def citation(**parts: object) -> Callable[[dict[str, Any]], None]:
    def apply(values: dict[str, Any]) -> None:
        values["citations"] = [{"source": "SEED", "place": "here", "confidence": "high", **parts}]

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop("need"), "the key 'need'"),
        (change("need", "nfs"), "one of trigger-console"),
        (change("colour", "red"), "no unknown key, found 'colour'"),
        (change("from", "proxy"), "PARTY/COMPONENT as 'from'"),
        (change("from", "proxies/data_mover"), "one of backup_server"),
        (change("to", "esxi_host/port"), "one of console"),
        (change("services", {}), "services of at least one profile"),
        (change("services", {"v14": ["tcp/1"]}), "one of diagram, v12, v13"),
        (change("services", {"v12": []}), "at least one service"),
        (change("services", {"v12": ["tcp/70000"]}), "ports must be 1-65535"),
        (change("services", {"v12": ["902"]}), "expected PROTOCOL/PORT"),
        (change("services", {"v12": [902]}), "text as 'v12'"),
        (change("services", ["tcp/902"]), "a mapping with text keys"),
        (change("steps", [5.1]), "quote numbers"),
        (change("steps", ["5.9"]), "one of 1.0"),
        (change("steps", []), "at least one step"),
        (change("steps", ["5.1", "5.1"]), "each item of 'steps' once"),
        (change("order", 0), "a whole number from 1 up"),
        (change("order", {"diagram": 1}), "a profile for which the row has services"),
        (change("level", "vital"), "one of required"),
        (change("when", ["sunny"]), "one of vcenter"),
        (change("on_demand", "yes"), "true or false"),
        (change("purpose", {"en": "Read."}), "'purpose' in en and de"),
        (change("purpose", {"en": "Read {file}.", "de": "Lesen."}), "without braces"),
        (change("purpose", {"en": " ", "de": "Lesen."}), "text as 'purpose'"),
        (change("citations", []), "a citation that counts for profile v12"),
        (citation(profiles=["v12"]), "a citation that counts for profile v13"),
        (citation(source="HC99"), "the key of a source"),
        (citation(confidence="certain"), "one of high, medium, low"),
        (citation(page=3), "no unknown key"),
        (change("disagreements", ["weather"]), "the id of a disagreement"),
    ],
)
def test_a_wrong_entry_is_refused(spoil: Callable[[dict[str, Any]], None], message: str) -> None:
    values = copy.deepcopy(GOOD)
    spoil(values)
    with pytest.raises(DataError) as caught:
        read(values)
    assert message in str(caught.value)
    assert caught.value.file == "sample.yaml"
    assert caught.value.entry.startswith("sample")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "a list of entries"),
        ([], "a list of entries"),
        ({"id": "a"}, "a list of entries"),
        (["a"], "a mapping with text keys"),
        ([{"id": "a"}, {"id": "a"}], "an id that occurs once"),
        ([{"name": "a"}], "the key 'id'"),
    ],
)
def test_a_file_that_is_no_list_of_entries_is_refused(document: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(entries("sample.yaml", document, "id"))
