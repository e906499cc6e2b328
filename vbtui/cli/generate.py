"""`generate`: a topology file of a company that does not exist, of any size.

Decided here: the sizes unless the user says otherwise. What is in the file is `topology.generate`'s.
"""

from __future__ import annotations

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    force_option,
    output_option,
    printing_options,
)
from vbtui.cli.output import free_to_write, write_document
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Make a topology file of a large company."),
    help=N_(
        "Make the topology file of a company that does not exist: datacenters, clusters, storage, proxies, "
        "repositories with a job each, three network firewalls in a row, and rules of which some are in the way. The "
        "same numbers and seed make the same file."
    ),
)
@click.option("--vms", metavar="N", type=int, default=1000, help=N_("Protected VMs; 1000 unless said otherwise."))
@click.option("--hosts", metavar="N", type=int, default=50, help=N_("ESXi hosts; 50 unless said otherwise."))
@click.option("--proxies", metavar="N", type=int, default=20, help=N_("Proxies; 20 unless said otherwise."))
@click.option("--repositories", metavar="N", type=int, default=8, help=N_("Repositories; 8 unless said otherwise."))
@click.option(
    "--rules", metavar="N", type=int, default=100, help=N_("Rules of all firewalls; 100 unless said otherwise.")
)
@click.option(
    "--seed", metavar="S", type=click.IntRange(0, 2**63 - 1), default=1, help=N_("Another number, another company.")
)
@output_option
@force_option
@printing_options
def generate(
    vms: int, hosts: int, proxies: int, repositories: int, rules: int, seed: int, output: str, force: bool
) -> int:
    from vbtui.topology.generate import CompanySize, CompanySizeError
    from vbtui.topology.generate import generate as company

    try:
        size = CompanySize(vms, hosts, proxies, repositories, rules)
    except CompanySizeError as error:
        message = N_("--{count} must be {least} to {most}, found {found}")
        raise InputError(message, count=error.count, least=error.least, most=error.most, found=error.found) from None
    free_to_write(output, force=force)
    write_document(output, company(size, seed), force=force)
    return Exit.DONE
