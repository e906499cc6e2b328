"""Commands whose help is looked up when it is shown, in the language of the session.

Help texts are marked with N_ where a command is declared and translated only here. The layout is click's.
"""

from __future__ import annotations

import inspect
import sys

import click

from vbtui.cli.session import current
from vbtui.i18n import N_

_OF_CLICK = (N_("Show this message and exit."), N_("Show the version and exit."))
"""Help texts that click brings along, marked so that they are in the catalogue."""


class TranslatedCommand(click.Command):
    """A command with translated help."""

    def get_help(self, ctx: click.Context) -> str:
        """In the characters that standard output has; what is printed elsewhere goes through the session again."""
        return current().on(sys.stdout)(super().get_help(ctx))

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        say = current().say
        usage = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, usage, prefix=say(N_("Usage:")) + " ")
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(say(inspect.cleandoc(self.help)))
        options = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None and isinstance(parameter, click.Option):
                options.append((record[0], say(parameter.help or "")))
        if options:
            with formatter.section(say(N_("Options"))):
                formatter.write_dl(options)


class TranslatedGroup(TranslatedCommand, click.Group):
    """A group with translated help; its commands stand in the order in which they were added."""

    command_class = TranslatedCommand

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help(ctx, formatter)
        say = current().say
        rows = [(name, say(command.short_help or "")) for name, command in self.commands.items()]
        with formatter.section(say(N_("Commands"))):
            formatter.write_dl(rows)
