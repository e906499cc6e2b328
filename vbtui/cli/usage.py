"""Usage errors as text: our own and those of click, in the session's language.

click's messages are bound to the process locale, which is never touched here; so its exceptions are told apart by kind
and worded anew. Never here: exit codes (`exits`).
"""

from __future__ import annotations

import click

from vbtui.i18n import N_, Translator


class InputError(Exception):
    """The command line asks for something that does not exist or does not go together.

    `message` is a marked text, `fields` fill it; `suggestion` is what may have been meant.
    """

    def __init__(self, message: str, *, suggestion: str | None = None, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields
        self.suggestion = suggestion

    def lines(self, say: Translator) -> tuple[str, ...]:
        text = say(self.message).format(**{name: shown(value) for name, value in self.fields.items()})
        if self.suggestion is not None:
            text += " (" + say(N_("did you mean '{suggestion}'?")).format(suggestion=shown(self.suggestion)) + ")"
        return (text,)


def shown(value: object) -> str:
    """A word of the command line without control characters."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in str(value))


_EXTRA = "Got unexpected extra argument"
_NO_VALUE = "requires an argument"
_NO_COMMAND = "Missing command."
"""What click says and gives no name: its own texts are English."""
_HELP = "NoArgsIsHelpError"
"""Exists from click 8.2 on; before it the help went to standard output."""


def usage_lines(say: Translator, error: click.ClickException) -> tuple[str, ...]:
    """What is wrong, and where help is to be had; of a group without a command, the help itself."""
    context = getattr(error, "ctx", None)
    if isinstance(context, click.Context) and (type(error).__name__ == _HELP or error.message == _NO_COMMAND):
        with context.scope(cleanup=False):  # the help is in the language of the session, which the context knows
            return tuple(shown(line) for line in context.get_help().splitlines())
    lines = [_sentence(say, error)]
    if isinstance(context, click.Context):
        lines.append(say(N_("Help: {command} --help")).format(command=context.command_path))
    return tuple(shown(line) for line in lines)


def _sentence(say: Translator, error: click.ClickException) -> str:
    # NoSuchCommand exists from click 8.4 on; before it is a plain usage error.
    kind = type(error).__name__
    near = [word for word in getattr(error, "possibilities", None) or () if not _is_opposite(error, word)]
    meant = f" ({say(N_('did you mean {words}?')).format(words=', '.join(near))})" if near else ""
    if isinstance(error, click.NoSuchOption):
        return say(N_("there is no option {name}")).format(name=error.option_name) + meant
    if kind == "NoSuchCommand":
        return say(N_("there is no command '{name}'")).format(name=getattr(error, "command_name", "")) + meant
    if isinstance(error, click.MissingParameter):
        return say(N_("{name} is missing")).format(name=_name(error))
    if isinstance(error, click.BadParameter):
        choices = getattr(getattr(error.param, "type", None), "choices", None)
        if choices:
            expected = ", ".join(str(one) for one in choices)
            return say(N_("invalid value for {name}: expected one of {choices}")).format(
                name=_name(error), choices=expected
            )
        limits = _limits(error)
        if limits is not None:
            least, most = limits
            text = N_("invalid value for {name}: expected a whole number, at least {least}")
            if most is not None:
                text = N_("invalid value for {name}: expected a whole number from {least} to {most}")
            return say(text).format(name=_name(error), least=least, most=most)
        return say(N_("invalid value for {name}")).format(name=_name(error))
    if isinstance(error, click.BadOptionUsage):
        if _NO_VALUE in error.message:
            return say(N_("option {name} needs a value")).format(name=error.option_name)
        return say(N_("option {name} takes no value")).format(name=error.option_name)
    if error.message.startswith(_EXTRA):
        return say(N_("too many arguments: {words}")).format(words=error.message.partition("(")[2].rstrip(")."))
    return error.format_message()


def _limits(error: click.BadParameter) -> tuple[object, object] | None:
    """The least and the greatest value of an option that takes whole numbers from some number on; None of others."""
    kind = getattr(error.param, "type", None)
    if not isinstance(kind, click.IntRange) or kind.min is None:
        return None
    return kind.min, kind.max


def _is_opposite(error: click.ClickException, word: str) -> bool:
    """`--run` for a mistyped `--no-run`: near by its letters, the contrary by its meaning."""
    found = getattr(error, "option_name", "")
    return found.removeprefix("--no-") == word.removeprefix("--") and found.startswith("--no-")


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    if isinstance(error.param, click.Argument):
        return error.param.human_readable_name
    return " / ".join(error.param.opts)
