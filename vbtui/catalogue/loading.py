"""From the shipped data files to the catalogue of one profile.

In: `sources.yaml`, `disagreements.yaml` and the row files under `ports/`. Out: `Catalogue`, built once per profile.
Decided here: the shape of those files, and that a row without a source, a purpose in both languages or a known step is
refused. What a port is for is decided in the data; who needs it at which machine, in `workflow`.

A source:

    key: HC13                      # what a citation names
    title, version, address        # text; the address is public
    profile: v13                   # optional: a citation of it counts for this profile only

A disagreement:

    id: vix-port
    general: true                  # optional: about the process as a whole, so no row has to name it
    sources: [HC12, HC13, IMG51]
    text: {en: ..., de: ...}       # what each source says, and what the tool does

A row, which may cover several profiles:

    id: rules-proxy-range          # unique in all files; stands in events and JSON
    need: rules-proxy              # model.Need
    alternative: range             # optional, `standard` if there is one way only
    order: {diagram: 1, v13: 2}    # optional, 1; a number, or one by profile
    from: proxy/data_mover         # model.Party / vocabulary.Component, who opens the connection
    to: repository/data_mover      # who accepts it
    services: {diagram: [tcp/902]} # by profile; in a profile that is missing the row does not exist
    steps: ["1.5"]                 # quoted step ids, or `all`
    level: required                # vocabulary.Level
    when: [vcenter]                # optional, model.When; all must hold
    on_demand: true                # optional
    purpose: {en: ..., de: ...}
    citations:                     # `source` is a key or a list of keys; `profiles` replaces the source's own profile
      - {source: HC12, place: "row ...", confidence: high, profiles: [v12, v13]}
    disagreements: [range-size]    # optional
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, TypeVar

from vbtui.catalogue.data_file import Entry, entries, read_document
from vbtui.catalogue.model import Catalogue, Citation, Disagreement, Need, Party, Row, Source, When
from vbtui.vocabulary import Component, Level, Profile, Service, StepId

PACKAGE: Final = "vbtui.catalogue"
SOURCES_FILE: Final = "sources.yaml"
DISAGREEMENTS_FILE: Final = "disagreements.yaml"
ROW_FILES: Final = (
    "ports/initialisation.yaml",
    "ports/vsphere.yaml",
    "ports/guest.yaml",
    "ports/transport.yaml",
    "ports/surroundings.yaml",
    "ports/deployment.yaml",
    "ports/optional.yaml",
)
"""In the order of the process; the catalogue keeps it."""

CONFIDENCES: Final = ("high", "medium", "low")

EnumT = TypeVar("EnumT", bound=StrEnum)


def profiles() -> tuple[Profile, ...]:
    """The profiles that have a catalogue, oldest first."""
    return tuple(Profile)


@cache
def load_catalogue(profile: Profile) -> Catalogue:
    """The catalogue of `profile`. Raises data_file.DataError if a shipped file is wrong."""
    references = load_references()
    rows: list[Row] = []
    seen: set[str] = set()
    for file in ROW_FILES:
        for entry in entries(file, _document(file), "id"):
            if entry.text("id") in seen:
                raise entry.fault("an id that occurs in one file only", entry.text("id"))
            seen.add(entry.text("id"))
            row = read_rows(entry, references).get(profile)
            if row is not None:
                rows.append(row)
    return Catalogue(
        profile=profile,
        rows=tuple(rows),
        sources=tuple(references.sources.values()),
        disagreements=tuple(references.disagreements.values()),
    )


@dataclass(frozen=True, slots=True)
class References:
    """What rows and process texts may name, in the files' order."""

    sources: Mapping[str, Source]
    disagreements: Mapping[str, Disagreement]
    profile_of: Mapping[str, Profile]
    """The one profile that a source speaks for, for sources that have one."""

    def source(self, entry: Entry, key: str) -> Source:
        """The source of that key. Raises DataError in the name of `entry`."""
        if key not in self.sources:
            raise entry.fault("the key of a source", key)
        return self.sources[key]

    def disagreements_of(self, entry: Entry) -> tuple[Disagreement, ...]:
        """Those that the entry's key `disagreements` names."""
        for name in entry.texts("disagreements"):
            if name not in self.disagreements:
                raise entry.fault("the id of a disagreement", name)
        return tuple(self.disagreements[name] for name in entry.texts("disagreements"))

    def citations_of(self, entry: Entry, profile: Profile | None = None) -> tuple[Citation, ...]:
        """The entry's citations that count for `profile`, or all of them."""
        found: list[Citation] = []
        for part in entry.inner_list("citations"):
            keys = part.texts("source") if isinstance(part.raw("source"), list) else (part.text("source"),)
            place = part.text("place")
            confidence = part.text("confidence")
            if confidence not in CONFIDENCES:
                raise part.fault(f"one of {', '.join(CONFIDENCES)} as 'confidence'", confidence)
            named = tuple(one_of(part, Profile, name) for name in part.texts("profiles"))
            part.done()
            for key in keys:
                source = self.source(part, key)
                own = self.profile_of.get(key)
                scope = named or ((own,) if own is not None else tuple(Profile))
                if profile is None or profile in scope:
                    found.append(Citation(source, place, confidence))
        return tuple(found)


@cache
def load_references() -> References:
    """Sources and disagreements, read once. Raises data_file.DataError."""
    sources: dict[str, Source] = {}
    profile_of: dict[str, Profile] = {}
    for entry in entries(SOURCES_FILE, _document(SOURCES_FILE), "key"):
        key = entry.text("key")
        address = entry.text("address")
        if not address.startswith("https://"):
            raise entry.fault("a public https address", address)
        sources[key] = Source(key, entry.text("title"), entry.text("version"), address)
        if entry.has("profile"):
            profile_of[key] = one_of(entry, Profile, entry.text("profile"))
        entry.done()
    references = References(sources, {}, profile_of)
    disagreements: dict[str, Disagreement] = {}
    for entry in entries(DISAGREEMENTS_FILE, _document(DISAGREEMENTS_FILE), "id"):
        name = entry.text("id")
        cited = tuple(references.source(entry, key) for key in entry.texts("sources"))
        if not cited:
            raise entry.fault("at least one source", entry.texts("sources"))
        disagreements[name] = Disagreement(name, entry.bilingual("text"), cited, general=entry.flag("general"))
        entry.done()
    return References(sources, disagreements, profile_of)


def one_of(entry: Entry, enum: type[EnumT], value: str) -> EnumT:
    """The member of `enum` with that value. Raises DataError in the name of `entry`."""
    try:
        return enum(value)
    except ValueError:
        raise entry.fault(f"one of {', '.join(enum)}", value) from None


@cache
def _document(file: str) -> object:
    return read_document(PACKAGE, file)


def read_rows(entry: Entry, references: References) -> dict[Profile, Row]:
    """The rows that one entry of a row file stands for, by profile. Raises DataError."""
    source, source_component = _end(entry, "from")
    destination, destination_component = _end(entry, "to")
    services = _services(entry)
    order = _order(entry, tuple(services))
    need = one_of(entry, Need, entry.text("need"))
    alternative = entry.text("alternative") if entry.has("alternative") else "standard"
    steps = _steps(entry)
    level = one_of(entry, Level, entry.text("level"))
    when = frozenset(one_of(entry, When, name) for name in entry.texts("when"))
    purpose = entry.bilingual("purpose")
    disagreements = references.disagreements_of(entry)
    on_demand = entry.flag("on_demand")
    found: dict[Profile, Row] = {}
    for profile, wanted in services.items():
        citations = references.citations_of(entry, profile)
        if not citations:
            raise entry.fault(f"a citation that counts for profile {profile}", "none")
        found[profile] = Row(
            id=entry.text("id"),
            need=need,
            alternative=alternative,
            order=order[profile],
            source=source,
            source_component=source_component,
            destination=destination,
            destination_component=destination_component,
            services=wanted,
            steps=steps,
            level=level,
            when=when,
            purpose=purpose,
            citations=citations,
            disagreements=disagreements,
            on_demand=on_demand,
        )
    entry.done()
    return found


def _end(entry: Entry, key: str) -> tuple[Party, Component]:
    party, slash, component = entry.text(key).partition("/")
    if not slash:
        raise entry.fault(f"PARTY/COMPONENT as '{key}'", entry.text(key))
    return one_of(entry, Party, party), one_of(entry, Component, component)


def _services(entry: Entry) -> dict[Profile, tuple[Service, ...]]:
    part = entry.inner("services")
    found: dict[Profile, tuple[Service, ...]] = {}
    for key in part.names():
        profile = one_of(part, Profile, key)
        texts = part.texts(key)
        try:
            found[profile] = tuple(Service.parse(text) for text in texts)
        except ValueError as error:
            raise part.fault(str(error), texts) from error
        if not found[profile]:
            raise part.fault("at least one service", texts)
    if not found:
        raise entry.fault("services of at least one profile", "none")
    return found


def _order(entry: Entry, covered: tuple[Profile, ...]) -> dict[Profile, int]:
    if not entry.has("order") or isinstance(entry.raw("order"), int):
        return dict.fromkeys(covered, entry.number("order", 1))
    part = entry.inner("order")
    for key in part.names():
        if one_of(part, Profile, key) not in covered:
            raise part.fault("a profile for which the row has services", key)
    found = {profile: part.number(profile, 1) for profile in covered}
    part.done()
    return found


def _steps(entry: Entry) -> tuple[StepId, ...]:
    if entry.raw("steps") == "all":
        return tuple(StepId)
    found = tuple(one_of(entry, StepId, name) for name in entry.texts("steps"))
    if not found:
        raise entry.fault("at least one step, or 'all'", "none")
    return found
