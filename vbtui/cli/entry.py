"""The command group itself."""

import click

from vbtui import __version__


@click.group(invoke_without_command=True)
@click.version_option(__version__, prog_name="vbtui")
def main() -> None:
    """Watch a VMware backup happen."""
