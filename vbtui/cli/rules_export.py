"""`rules export`: a firewall's rules for the device that shall enforce them.

Decided here: which options go together. How rules become text is `firewall.exporters`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_firewall,
    chosen_jobs,
    chosen_profile,
    force_option,
    job_option,
    load_topology,
    output_option,
    printing_options,
    profile_option,
    topology_argument,
)
from vbtui.cli.output import free_to_write, write_document
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vbtui.firewall.exporters import Ruleset, Vendor
    from vbtui.render.export_texts import ExportFormat
    from vbtui.topology import Job, Topology
    from vbtui.vocabulary import Profile

FORMATS = ("nft", "iptables", "ip6tables", "powershell", "csv", "vendor")
"""Values of `ExportFormat`, repeated so that `--help` does not load it; a test compares them."""

VENDORS = (
    *("cisco-asa", "cisco-ios", "cisco-nxos", "cisco-xr", "juniper", "juniper-srx"),
    *("paloalto", "fortinet", "nsx-t"),
)
"""Values of `Vendor`, repeated likewise."""


@click.command(
    "export",
    cls=TranslatedCommand,
    short_help=N_("Write a firewall's rules for the device that enforces them."),
    help=N_(
        "Write the rules of a firewall for nftables, iptables, the Windows firewall, a sheet, or a network vendor. "
        "With --required, write the rules that the jobs need there and nothing else. What a device cannot say is "
        "refused."
    ),
)
@topology_argument
@click.option("--firewall", "firewall_name", metavar="NAME", required=True, help=N_("A firewall of the topology."))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    required=True,
    help=N_("For which device; iptables writes IPv4 and ip6tables IPv6."),
)
@click.option("--vendor", "vendor_name", type=click.Choice(VENDORS), help=N_("With --format vendor: whose device."))
@click.option("--required", is_flag=True, help=N_("Only the rules that the jobs need, for a firewall that denies."))
@job_option
@profile_option
@click.option("--skip-opaque", is_flag=True, help=N_("Leave out rules of which nobody knows what they do."))
@output_option
@force_option
@printing_options
def export(
    topology: str,
    firewall_name: str,
    form: str,
    vendor_name: str | None,
    required: bool,
    job_name: str | None,
    profile: str | None,
    skip_opaque: bool,
    output: str,
    force: bool,
) -> int:
    if (form == "vendor") != (vendor_name is not None):
        raise InputError(N_("--format vendor and --vendor go together"))
    if (job_name is not None or profile is not None) and not required:
        raise InputError(N_("--job and --profile say what is required: they need --required"))
    free_to_write(output, force=force)

    from vbtui.firewall.exporters import RuleNotExportableError, Vendor, ruleset
    from vbtui.render.export_texts import OBSTACLES, ExportFormat, asides, heading, rules_text

    session = current()
    loaded = load_topology(topology).topology
    firewall = chosen_firewall(loaded, firewall_name).name
    jobs: tuple[Job, ...] = ()
    if required:
        jobs = chosen_jobs(loaded, job_name)
        loaded = _with_required_rules(loaded, jobs, firewall, chosen_profile(profile, loaded))
    wanted, vendor = ExportFormat(form), None if vendor_name is None else Vendor(vendor_name)
    try:
        rules = ruleset(loaded, firewall, skip_opaque=skip_opaque)
        comment = heading(session.say, rules, loaded.name, wanted, [job.name for job in jobs])
        text = _written(rules, wanted, vendor, comment)
    except RuleNotExportableError as error:
        named = rules_text(error.rules)
        raise InputError(OBSTACLES[error.obstacle], firewall=firewall, rules=named, form=vendor_name or form) from None
    write_document(output, text, force=force)
    session.complain(*asides(session.say, rules, wanted, vendor))
    return Exit.DONE


def _with_required_rules(topology: Topology, jobs: Sequence[Job], firewall: str, profile: Profile) -> Topology:
    """The topology with a firewall that denies everything except what the jobs need."""
    from vbtui.planning.request import required_rules
    from vbtui.topology import HostDefault
    from vbtui.vocabulary import Action

    old = topology.firewall(firewall)
    denies = HostDefault(inbound=Action.DENY, outbound=Action.DENY) if old.kind == "host" else Action.DENY
    rules = required_rules(topology, jobs, firewall, profile=profile)
    new = old.model_copy(update={"rules": rules, "default": denies})
    return topology.model_copy(update={"firewalls": tuple(new if one is old else one for one in topology.firewalls)})


def _written(rules: Ruleset, form: ExportFormat, target: Vendor | None, heading: Sequence[str]) -> str:
    from vbtui.firewall import exporters
    from vbtui.render.export_texts import ExportFormat

    match form:
        case ExportFormat.NFT:
            return exporters.nftables(rules, heading=heading)
        case ExportFormat.IPTABLES:
            return exporters.iptables(rules, 4, heading=heading)
        case ExportFormat.IP6TABLES:
            return exporters.iptables(rules, 6, heading=heading)
        case ExportFormat.POWERSHELL:
            return exporters.powershell(rules, heading=heading)
        case ExportFormat.CSV:
            return exporters.csv_sheet(rules)
        case ExportFormat.VENDOR:
            assert target is not None
            try:
                return exporters.vendor(rules, target)
            except exporters.AerleonMissingError:
                raise InputError(
                    N_("network vendors need the package aerleon, which {command} installs"),
                    command="pip install 'vbtui[export]'",
                ) from None
