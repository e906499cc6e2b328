"""`rules import` and `rules collector`: rules of real firewalls into a topology.

Decided here: which options go together and where the result goes. What a file says is `firewall.importers`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_firewall,
    force_option,
    load_topology,
    output_option,
    printing_options,
)
from vbtui.cli.output import free_to_write, write_document
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vbtui.firewall.importers import ImportedRules, RulesFormat
    from vbtui.topology import Firewall, LoadedTopology, Network, Rule

FORMATS = ("auto", "csv", "xlsx", "nft", "iptables", "windows")
"""`auto` and the values of `RulesFormat`, repeated so that `--help` does not load it; a test compares them."""

HOOKS = ("forward", "host")
"""Values of `Hook`, repeated likewise."""

STANDARD_INPUT = "-"

_SUITS = {
    "--columns": ("csv", "xlsx"),
    "--sheet": ("xlsx",),
    "--hook": ("nft", "iptables"),
    "--interface": ("nft", "iptables"),
    "--windows-profile": ("windows",),
    "--local-subnet": ("windows",),
}
"""The formats that an option is for."""


@click.command(
    "import",
    cls=TranslatedCommand,
    short_help=N_("Read a firewall's rules from a sheet, nft, iptables-save or Windows."),
    help=N_(
        "Read the rules of a firewall from FILE, or from standard input for -: a sheet with one rule per row, the "
        "output of nft -j list ruleset or iptables-save, or what the collector for Windows wrote. A rule that is not "
        "understood stays in the list as an opaque one: what it could match is neither allowed nor refused, but "
        "unknown. Without --into, the rules are printed as text for a topology file; standard error says what became "
        "of each."
    ),
)
@click.argument("file")
@click.option("--format", "form", type=click.Choice(FORMATS), default="auto", help=N_("What kind of file it is."))
@click.option(
    "--firewall", "firewall_name", metavar="NAME", required=True, help=N_("The firewall that gets the rules.")
)
@click.option(
    "--into",
    metavar="TOPOLOGY",
    help=N_("The topology that has the firewall; its text is written with these rules in place of the old ones."),
)
@output_option
@force_option
@click.option(
    "--columns",
    metavar="FIELD=NAME,...",
    multiple=True,
    help=N_("Of a sheet: which column is what, such as source=Origin; FIELD= leaves a field out."),
)
@click.option("--sheet", metavar="NAME", help=N_("Of a workbook: the sheet; the first visible one without."))
@click.option(
    "--hook",
    type=click.Choice(HOOKS),
    help=N_("Of a Linux machine: what it forwards, or what it sends and receives itself."),
)
@click.option(
    "--interface",
    "interfaces",
    metavar="NAME=ZONE,...",
    multiple=True,
    help=N_("Of a Linux machine: the zones behind an interface."),
)
@click.option(
    "--windows-profile",
    "profile",
    type=click.Choice(("domain", "private", "public")),
    help=N_("Of Windows: the network profile; the one that was active without."),
)
@click.option(
    "--local-subnet",
    "local_subnets",
    metavar="CIDR",
    multiple=True,
    help=N_("Of Windows: what the word LocalSubnet stands for."),
)
@click.option("--strict", is_flag=True, help=N_("The exit code is 3 if a rule is opaque."))
@printing_options
def import_rules(
    file: str,
    form: str,
    firewall_name: str,
    into: str | None,
    output: str,
    force: bool,
    columns: tuple[str, ...],
    sheet: str | None,
    hook: str | None,
    interfaces: tuple[str, ...],
    profile: str | None,
    local_subnets: tuple[str, ...],
    strict: bool,
) -> int:
    from vbtui.firewall.importers import Hook, RulesFileError, UnfitError, fitting_rules
    from vbtui.render.import_texts import TRAITS, fragment, problem_lines, summary_lines

    session = current()
    _check_name(firewall_name)
    free_to_write(output, force=force)
    loaded = None if into is None else load_topology(into)
    firewall = None if loaded is None else chosen_firewall(loaded.topology, firewall_name)
    source = _Source(loaded, firewall)
    source.columns = _mapping("--columns", columns)
    source.interfaces = _interfaces(interfaces, loaded)
    source.sheet, source.profile = sheet, profile
    source.hook = None if hook is None else Hook(hook)
    source.local_subnets = tuple(_network(text) for text in local_subnets)
    given = {
        "--columns": columns,
        "--sheet": sheet,
        "--hook": hook,
        "--interface": interfaces,
        "--windows-profile": profile,
        "--local-subnet": local_subnets,
    }
    try:
        imported = source.read(file, form, {option for option, value in given.items() if value})
    except RulesFileError as error:
        session.complain(*problem_lines(session.say, error, file))
        return Exit.BAD_INPUT
    if loaded is None or firewall is None:
        text = fragment(imported, firewall_name)
    else:
        try:
            rules = fitting_rules(imported, firewall)
        except UnfitError as error:
            raise InputError(
                TRAITS[error.trait], firewall=error.firewall, found=error.found, expected=error.expected
            ) from None
        text = _edited(loaded, firewall_name, rules, imported)
    write_document(output, text, force=force)
    session.complain(*summary_lines(session.say, imported, firewall_name))
    return Exit.UNKNOWN if strict and imported.opaque else Exit.DONE


@click.command(
    "collector",
    cls=TranslatedCommand,
    short_help=N_("Print the PowerShell script that collects Windows firewall rules."),
    help=N_(
        "Print the PowerShell script that writes the rules of a Windows firewall with all their filters as JSON, for "
        "rules import. It only reads."
    ),
)
@printing_options
def collector() -> int:
    from vbtui.firewall.importers import collector

    current().write_text(collector())
    return Exit.DONE


def _edited(loaded: LoadedTopology, firewall: str, rules: Sequence[Rule], imported: ImportedRules) -> str:
    """The text of the file with the rules in it, everything else as it is. Raises TopologyError, EditError."""
    from vbtui.topology.editing import replace_rules
    from vbtui.topology.loading import file_text

    return replace_rules(file_text(loaded.file), firewall, rules, networks=imported.networks, file=loaded.file)


class _Source:
    """How a file is to be read."""

    columns: Mapping[str, str]
    interfaces: Mapping[str, tuple[str, ...]]

    def __init__(self, loaded: LoadedTopology | None, firewall: Firewall | None) -> None:
        from vbtui.firewall.importers import Hook

        self._topology = None if loaded is None else loaded.topology
        self._firewall = firewall
        self.hook: Hook | None = None
        self.sheet: str | None = None
        self.profile: str | None = None
        self.local_subnets: tuple[Network, ...] = ()

    def read(self, path: str, form: str, options: set[str]) -> ImportedRules:
        """Raises RulesFileError, InputError."""
        from vbtui.firewall import importers
        from vbtui.firewall.importers import Hook, RulesFormat

        wanted = None if form == "auto" else RulesFormat(form)
        file = Path(path).name if path != STANDARD_INPUT else STANDARD_INPUT
        data = self._bytes(path, file, wanted)
        chosen = wanted or importers.recognised(data, file)
        data = importers.within_limit(data, file, chosen)
        for option in _SUITS:
            if option in options and chosen.value not in _SUITS[option]:
                raise InputError(
                    N_("{option} does not go with a file of the format {form}"), option=option, form=chosen
                )
        host = self._firewall is not None and self._firewall.kind == "host"
        hook = self.hook or (Hook.HOST if host else Hook.FORWARD)
        topology = self._topology
        match chosen:
            case RulesFormat.NFT:
                return importers.read_nft(data, file=file, hook=hook, interfaces=self.interfaces, topology=topology)
            case RulesFormat.IPTABLES:
                return importers.read_iptables(
                    data, file=file, hook=hook, interfaces=self.interfaces, topology=topology
                )
            case RulesFormat.WINDOWS:
                return importers.read_windows(
                    data, file=file, profile=self.profile, local_subnets=self.local_subnets, topology=topology
                )
            case RulesFormat.CSV | RulesFormat.XLSX:
                return importers.read_sheet(
                    data,
                    file=file,
                    format=chosen,
                    columns=self.columns,
                    sheet=self.sheet,
                    kind="host" if host else "network",
                    topology=topology,
                )

    @staticmethod
    def _bytes(path: str, file: str, wanted: RulesFormat | None) -> bytes:
        from vbtui.firewall.importers import LIMITS, file_bytes, within_limit

        if path != STANDARD_INPUT:
            return file_bytes(Path(path), file, wanted)
        most = max(LIMITS.values()) if wanted is None else LIMITS[wanted]
        return within_limit(sys.stdin.buffer.read(most + 1), file, wanted)


def _check_name(name: str) -> None:
    from vbtui.topology.fields import NAME_PATTERN

    if re.fullmatch(NAME_PATTERN, name) is None:
        raise InputError(N_("'{name}' is no name: letters, digits, '_', '.' and '-', at most 63"), name=name)


_PAIR = re.compile(r'\s*(?P<key>[^=,"]+?)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*))\s*(?:,|$)')


def _mapping(option: str, values: tuple[str, ...]) -> dict[str, str]:
    """`FIELD=NAME,FIELD="NAME, WITH A COMMA"`, once or several times. Raises InputError."""
    found: dict[str, str] = {}
    for value in values:
        place = 0
        while place < len(value):
            match = _PAIR.match(value, place)
            if match is None:
                raise InputError(N_("{option} takes {expected}, found '{found}'"), option=option,
                                 expected="FIELD=NAME,...", found=value)  # fmt: skip
            found[match["key"]] = (match["quoted"] if match["quoted"] is not None else match["plain"]).strip()
            place = match.end()
    return found


def _interfaces(values: tuple[str, ...], loaded: LoadedTopology | None) -> dict[str, tuple[str, ...]]:
    from vbtui.topology.problems import suggestion

    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        name, equals, zones = value.partition("=")
        listed = tuple(zone.strip() for zone in zones.split(",") if zone.strip())
        if not equals or not name.strip() or not listed:
            raise InputError(N_("{option} takes {expected}, found '{found}'"), option="--interface",
                             expected="NAME=ZONE,...", found=value)  # fmt: skip
        known = None if loaded is None else [zone.name for zone in loaded.topology.zones]
        for zone in listed:
            _check_name(zone)
            if known is not None and zone not in known:
                raise InputError(N_("there is no zone '{name}'; there are {known}"),
                                 suggestion=suggestion(zone, known), name=zone, known=", ".join(known))  # fmt: skip
        found[name.strip()] = listed
    return found


def _network(text: str) -> Network:
    import ipaddress

    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise InputError(N_("{option} takes {expected}, found '{found}'"), option="--local-subnet",
                         expected="10.0.0.0/24", found=text) from None  # fmt: skip
