"""`rules`: a firewall's rules in from other formats, and out to devices. The commands have files of their own."""

from __future__ import annotations

import click

from vbtui.cli.options import printing_options
from vbtui.cli.rules_export import export
from vbtui.cli.rules_import import collector, import_rules
from vbtui.cli.translated import TranslatedGroup
from vbtui.i18n import N_


@click.group(
    cls=TranslatedGroup,
    short_help=N_("Rules of a firewall, in from other formats and out to devices."),
    help=N_("Take rules from other formats into a topology, or write a firewall's rules for the device."),
)
@printing_options
def rules() -> None:
    """Only a group."""


for command in (import_rules, collector, export):
    rules.add_command(command)
