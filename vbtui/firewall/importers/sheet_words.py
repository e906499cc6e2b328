"""The words of rule sheets, from `sheet_words.yaml`.

In: our own data file. Out: words by what they mean. Never here: what a cell as a whole says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from vbtui.vocabulary import Action, Service


@dataclass(frozen=True, slots=True)
class SheetWords:
    headers: Mapping[str, tuple[str, ...]]
    """By field, the best word first."""
    limits: frozenset[str]
    actions: Mapping[str, Action]
    any: frozenset[str]
    any_of_a_limit: frozenset[str]
    any_service: frozenset[str]
    endless: frozenset[str]
    """In the place of the day on which a rule ends."""
    negations: tuple[str, ...]
    switched: Mapping[str, bool]
    protocols: Mapping[str, frozenset[str]]
    """By word: tcp, udp, both, or nothing for a protocol without ports."""
    directions: Mapping[str, str]
    services: Mapping[str, tuple[Service, ...]]


@cache
def sheet_words() -> SheetWords:
    source = (files("vbtui.firewall.importers") / "sheet_words.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    services = {name: tuple(Service.parse(text) for text in texts) for name, texts in data["services"].items()}
    services |= {word: services[name] for word, name in data["customary"].items()}
    kinds = {"tcp": {"tcp"}, "udp": {"udp"}, "both": {"tcp", "udp"}, "none": set[str]()}
    return SheetWords(
        headers={field: tuple(words) for field, words in data["headers"].items()},
        limits=frozenset(data["limits"]),
        actions={word: Action(action) for action, words in data["actions"].items() for word in words},
        any=frozenset(data["any"]),
        any_of_a_limit=frozenset(data["any_of_a_limit"]),
        any_service=frozenset(data["any_service"]),
        endless=frozenset(data["endless"]),
        negations=tuple(data["negations"]),
        switched={word: answer == "yes" for answer in ("yes", "no") for word in data[answer]},
        protocols={word: frozenset(kinds[kind]) for kind, words in data["protocols"].items() for word in words},
        directions={
            word: meant
            for key, meant in (("inbound", "inbound"), ("outbound", "outbound"), ("both_ways", "both"))
            for word in data[key]
        },
        services=services,
    )


def folded(text: str) -> str:
    """A header or a word as it is compared: small letters, one blank for blanks and separating marks."""
    return re.sub(r"[\s_./()\[\]&:#,;-]+", " ", text).strip().casefold()
