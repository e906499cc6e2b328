"""What the start screen offers: the walks that were left, the topologies that come with vbtui, and a file of one's own.

In: what is remembered. Out: a list of `Item`s, immutable; and rows that show it. Never here: keys, loading a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vbtui.i18n import N_, Translator
from vbtui.render import Symbols
from vbtui.topology import LoadedTopology, TopologyError, resolve, shipped
from vbtui.ui.inks import BLANK, Row, Span, Tone, row
from vbtui.ui.outcome import short
from vbtui.ui.remembered import Place, Recalled, Trouble
from vbtui.ui.text import fit, one_cell, spread, wrapped
from vbtui.vocabulary import Role

Look = LoadedTopology | TopologyError
"""What came of reading a file."""


class Section(StrEnum):
    """The parts of the list, in their order."""

    LEFT = "left"
    SHIPPED = "shipped"
    FILE = "file"

    @property
    def heading(self) -> str:
        """English, to be translated where it is shown."""
        return _HEADINGS[self]


_HEADINGS = {
    Section.LEFT: N_("Go on where you were"),
    Section.SHIPPED: N_("Topologies that come with vbtui"),
    Section.FILE: N_("Your own"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line that can be selected."""

    section: Section
    source: str = ""
    """As in `Place`; empty for the file that is still to be named."""
    place: Place | None = None
    missing: bool = False
    """Its file is gone."""

    @property
    def file(self) -> Path:
        return resolve(self.source) if self.place is None else self.place.file


def items(recalled: Recalled) -> tuple[Item, ...]:
    """Everything that can be selected."""
    return (
        *(Item(Section.LEFT, place.source, place, place.missing) for place in recalled.places),
        *(Item(Section.SHIPPED, name) for name in shipped()),
        Item(Section.FILE),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of the list, and in which of them each item stands."""

    rows: tuple[Row, ...]
    places: tuple[int, ...]


def list_rows(
    say: Translator, symbols: Symbols, found: tuple[Item, ...], selected: int, known: Mapping[str, Look], width: int
) -> Listed:
    """The list for a width in cells. `known` is what came of reading the files so far, by source."""
    rows: list[Row] = []
    places = []
    for number, item in enumerate(found):
        if number == 0 or item.section is not found[number - 1].section:
            rows += [BLANK] if rows else []
            rows.append(row((f" {say(item.section.heading)}", Tone.HEADING)))
        places.append(len(rows))
        fill = Tone.CURRENT if number == selected else Tone.TEXT
        mark = symbols.active if number == selected else " "
        left, right = _item(say, symbols, item, known.get(item.source), fill)
        spans = spread(((f" {mark} ", Tone.ACTIVE if number == selected else Tone.DIM), *left), right, width)
        rows.append(Row(spans, fill))
    return Listed(tuple(rows), tuple(places))


def _item(
    say: Translator, symbols: Symbols, item: Item, look: Look | None, fill: Tone
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    strong = Tone.CURRENT if fill is Tone.CURRENT else Tone.STRONG
    if item.section is Section.FILE:
        return ((say(N_("open a topology file ...")), strong),), (("o ", Tone.KEY),)
    if item.place is None:
        note = one_cell(look.topology.description) if isinstance(look, LoadedTopology) else ""
        return ((fit(item.source, 14), strong), (f" {note} ", Tone.DIM)), ()
    place = item.place
    name = place.source if place.is_shipped else Path(place.source).name
    left = ((one_cell(name), strong), (f" · {one_cell(place.job)} ", Tone.DIM))
    if item.missing:
        return left, ((f"{symbols.fail} {say(N_('file is gone'))} ", Tone.FAIL),)
    text = say(N_("step {step} · {number}/{count} ")).format(step=place.step, number=place.number, count=place.count)
    return left, ((one_cell(text), Tone.TEXT),)


def fact_rows(say: Translator, symbols: Symbols, item: Item, look: Look | None, width: int) -> list[Row]:
    """What is known of an item, for a width in cells."""
    rows: list[Row] = []
    if item.section is Section.FILE:
        text = N_("A YAML file of your own: type its path, Tab completes it. All that is wrong with it is shown.")
        return [BLANK, *wrapped(say(text), width)]
    if item.place is not None:
        rows += wrapped(_left_at(say, item.place), width, Tone.STRONG)
        if not item.place.is_shipped:
            rows += wrapped(short(Path(item.source)), width, Tone.DIM)
    match look:
        case TopologyError():
            if item.missing:
                rows += wrapped(f"{symbols.fail} {say(N_('The file is gone.'))}", width, Tone.FAIL)
            else:
                text = N_("The file has problems: Enter shows them.")
                rows += wrapped(f"{symbols.fail} {say(text)}", width, Tone.FAIL)
        case LoadedTopology():
            rows += wrapped(look.topology.description, width) if look.topology.description else []
            rows += wrapped(" · ".join(_counts(say, look)), width, Tone.HEADING)
        case None:
            rows.append(row((say(N_("reading ...")), Tone.DIM)))
    return rows


def _left_at(say: Translator, place: Place) -> str:
    if place.is_over:
        text = say(N_("Walked to its end, {count} events; Enter begins anew. Job {job}, ports of {profile}."))
        return text.format(count=place.count, job=place.job, profile=place.profile)
    text = say(N_("Left at step {step}, event {number} of {count}; job {job}, ports of {profile}."))
    return text.format(step=place.step, number=place.number, count=place.count, job=place.job, profile=place.profile)


def _counts(say: Translator, look: LoadedTopology) -> list[str]:
    topology = look.topology
    hosts, vms, walls = len(topology.with_role(Role.ESXI_HOST)), len(topology.vms), len(topology.firewalls)
    texts = (
        (say.plural("{count} host", "{count} hosts", hosts), hosts),
        (say.plural("{count} VM", "{count} VMs", vms), vms),
        (say.plural("{count} firewall", "{count} firewalls", walls), walls),
        (say.plural("{count} job", "{count} jobs", len(topology.jobs)), len(topology.jobs)),
    )
    return [text.format(count=say.number(count)) for text, count in texts]


def trouble_text(say: Translator, trouble: Trouble) -> str:
    """Why earlier walks are not in the list."""
    if trouble is Trouble.UNREADABLE:
        return say(N_("The list of earlier walks cannot be read; everything else works without it."))
    return say(N_("The list of earlier walks was not written by vbtui and is left out."))
