"""Rules of the topology from what an importer found: names, selectors, address groups.

Decided here: that every rule has a valid name of its own, that up to `MOST_LISTED` networks of a side are listed and
more become a group under `networks:`, and that text from a file is cut and cleaned. Equal sets share one group.
Never here: what a rule means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vbtui.firewall.importers.imported import NetworkParts
from vbtui.firewall.importers.space import IPV4, IPV6, Side
from vbtui.firewall.selectors import EVERYWHERE, AddressSet
from vbtui.topology import Selector, Topology

MOST_LISTED: Final = 4

MOST_TEXT: Final = 500
"""Characters of a text in a topology file."""

_LONGEST_NAME: Final = 63
_SPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def clean(text: str, most: int = MOST_TEXT) -> str:
    """A text of a file as one printable line of at most `most` characters."""
    if len(text) <= most and text.isprintable() and text == " ".join(text.split()):
        return text
    line = "".join(char if char.isprintable() else " " for char in text[: 4 * most])
    line = " ".join(line.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def name_of(words: str) -> str:
    """A text as a name of the topology, or nothing if no letter or digit is left of it."""
    plain = unicodedata.normalize("NFKD", words[:200].translate(_SPELLED)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-.")[:_LONGEST_NAME].rstrip("-.")


class Names:
    """Names that are taken, and new ones that are not."""

    def __init__(self, taken: Mapping[str, object] | None = None) -> None:
        self._taken = set(taken or ())
        self._next: dict[str, int] = {}

    def fresh(self, words: str, otherwise: str) -> str:
        """A name after `words`, or after `otherwise` where nothing is left of them; numbered if it is taken."""
        wanted = name_of(words) or name_of(otherwise) or "rule"
        name = wanted
        number = self._next.get(wanted, 2)
        while name in self._taken:
            ending = f"-{number}"
            name = wanted[: _LONGEST_NAME - len(ending)] + ending
            number += 1
        self._next[wanted] = number
        self._taken.add(name)
        return name


class Groups:
    """Sides as selectors, and the address groups that this takes."""

    def __init__(self, topology: Topology | None = None) -> None:
        known = {} if topology is None else topology.networks
        self._names = Names(known)
        self._found: dict[AddressSet, str] = {}
        self._new: dict[str, NetworkParts] = {}
        self._used: dict[str, None] = {}
        for name, parts in known.items():
            self._found.setdefault(AddressSet.of_parts(parts), name)

    def know(self, name: str, addresses: AddressSet) -> None:
        """Call this set by that name wherever a side is just this set."""
        if addresses and addresses not in self._found:
            fresh = self._names.fresh(name, "network")
            self._found[addresses] = fresh
            self._new[fresh] = addresses.parts

    def selectors(self, side: Side, hint: str) -> tuple[Selector, ...]:
        """Selectors that stand for just that side. `hint` names a group if one is needed."""
        zones: list[str | None] = [None] if side.zones is None else [*sorted(side.zones)]
        return tuple(selector for zone in zones for selector in self._of_zone(zone, side.addresses, hint))

    def _of_zone(self, zone: str | None, addresses: AddressSet, hint: str) -> tuple[Selector, ...]:
        if addresses == EVERYWHERE:
            return (Selector(zone=zone),) if zone is not None else (Selector(any=True),)
        named = self._found.get(addresses)
        parts = () if named is not None else addresses.parts
        if named is None and len(parts) > MOST_LISTED:
            self.know(hint, addresses)
            named = self._found[addresses]
        elif named is not None and len(addresses.v4) + len(addresses.v6) == 1:
            named, parts = None, addresses.parts
        if named is not None:
            self._used[named] = None
            return (Selector(zone=zone, network=named),)
        return tuple(Selector.of_part(part, zone) for part in parts)

    def use(self, name: str) -> None:
        self._used[name] = None

    @property
    def networks(self) -> Mapping[str, NetworkParts]:
        """The groups that rules name and that the topology does not have."""
        return MappingProxyType({name: self._new[name] for name in self._used if name in self._new})


FAMILY_NAMES: Final = {4: "IPv4", 6: "IPv6"}
FAMILIES: Final = {4: IPV4, 6: IPV6}
