"""How the app is to look and which keys it has: what the command line, variables and the settings file say, as the
values that the app gets.

Decided here: whose word counts, and where what is wrong with the settings file is told: in the app if it opens, on
standard error before the plain form. Never here: what a terminal can show (`ui.terminal`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.cli.session import Session
    from vbtui.ui.keys.keymap import Grievance, Keymap
    from vbtui.ui.looks import Looks

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

THEMES = ("dark", "light", "auto")
MOTIONS = ("full", "reduced", "none")
"""Values of `ui.terminal.ThemeChoice` and `ui.looks.Motion`, repeated so that `--help` does not load them; a test
compares them."""


@dataclass(frozen=True, slots=True)
class LooksWanted:
    """What the command line says; None: nothing."""

    ascii: bool | None
    theme: str | None
    motion: str | None


def looks_options(function: FunctionT) -> FunctionT:
    """`--ascii`, `--theme`, `--motion` as one argument `wanted`, and `--config`, which the session has read already."""

    @wraps(function)
    def with_wanted(*, plain_characters: bool | None, theme: str | None, motion: str | None, **arguments: Any) -> Any:
        return function(wanted=LooksWanted(plain_characters, theme, motion), **arguments)

    decorated: Any = with_wanted
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


config_option = click.option(
    "--config",
    metavar="FILE",
    expose_value=False,
    help=N_("The settings file: language, theme, motion, ascii, predict and keys of one's own."),
)
"""For the help only: the session has read the file before click reads anything."""

_OPTIONS = (
    click.option(
        "--ascii/--no-ascii",
        "plain_characters",
        default=None,
        help=N_("Draw and print only characters that every font has; chosen by itself where the terminal needs it."),
    ),
    click.option("--theme", type=click.Choice(THEMES), help=N_("Colours of the app; auto asks the terminal.")),
    click.option("--motion", type=click.Choice(MOTIONS), help=N_("How much moves in the app.")),
    config_option,
)


@dataclass(frozen=True, slots=True)
class Appearance:
    """For the app: fields of `ui.Opening`."""

    looks: Looks
    keymap: Keymap
    complaints: tuple[Grievance, ...]
    encoding: str


def appearance(session: Session, wanted: LooksWanted, *, large: bool = False) -> Appearance:
    """How the app is to open. Raises InputError for a variable that means nothing."""
    from vbtui.render.plain_terminals import letters_of
    from vbtui.ui.keys.keymap import FileProblem
    from vbtui.ui.looks import Motion
    from vbtui.ui.terminal import MOTION_VARIABLE, Chosen, ThemeChoice, looks_for, motion_of

    settings = session.settings
    try:
        variable = motion_of(session.environment)
    except ValueError as error:
        raise InputError(
            N_("{name}: expected one of {known}, found '{found}'"),
            name=MOTION_VARIABLE,
            known=", ".join(MOTIONS),
            found=session.environment.get(MOTION_VARIABLE, ""),
        ) from error
    line = Chosen(
        wanted.ascii,
        None if wanted.theme is None else ThemeChoice(wanted.theme),
        None if wanted.motion is None else Motion(wanted.motion),
        large,
    )
    file = Chosen(
        settings.ascii,
        None if settings.theme is None else ThemeChoice(settings.theme),
        None if settings.motion is None else Motion(settings.motion),
    )
    encoding = getattr(sys.stderr, "encoding", None)
    chosen = line.over(Chosen(motion=variable)).over(file)
    keymap, complaints = own_keys(session)
    problems = tuple(FileProblem(problem) for problem in settings.problems)
    looks = looks_for(session.environment, encoding, chosen)
    return Appearance(looks, keymap, (*problems, *complaints), letters_of(session.environment, encoding))


def complain_of_settings(session: Session) -> None:
    """Tell on standard error what is wrong with the settings file, before the plain form."""
    settings = session.settings
    if settings.problems:
        from vbtui.render.problems import problem_line

        session.complain(*(problem_line(session.say, problem) for problem in settings.problems))
    if settings.keys:  # which keys there are is known to the screens only
        session.complain(*(one.said(session.say) for one in own_keys(session)[1]))


def own_keys(session: Session) -> tuple[Keymap, tuple[Grievance, ...]]:
    """The keys of the settings file, and what is wrong with them."""
    from vbtui.ui.keys.keymap import KeyWish, keymap_of
    from vbtui.ui.keys.tables import KEY_TABLES

    wishes = (KeyWish(entry.action, entry.keys, entry.place) for entry in session.settings.keys)
    return keymap_of(wishes, KEY_TABLES)
