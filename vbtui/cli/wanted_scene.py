"""Scenes as the command line wants them: its words in place of what their files say.

In: a scene that was read, words of the command line. Out: another scene. Never here: reading one, playing one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vbtui.cli.session import Session
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.pictures.scene import LoadedScene, Size

THEMES = ("dark", "light")
"""Values of `pictures.scene.Theme`, repeated so that `--help` does not load it; a test compares them."""


def wanted_scene(
    loaded: LoadedScene,
    *,
    job: str | None = None,
    profile: str | None = None,
    language: str | None = None,
    theme: str | None = None,
    size: str | None = None,
) -> LoadedScene:
    """The scene with everything that is given; None leaves what its file says. Raises InputError for a size that is
    none or too small."""
    from vbtui.pictures.scene import Theme
    from vbtui.vocabulary import Profile

    given = {
        "job": job,
        "profile": None if profile is None else Profile(profile),
        "language": language,
        "theme": None if theme is None else Theme(theme),
        "size": None if size is None else (parsed_size(size),),
    }
    update = {name: value for name, value in given.items() if value is not None}
    return replace(loaded, scene=loaded.scene.model_copy(update=update))


def parsed_size(text: str) -> Size:
    """The size of a terminal in which the app has room. Raises InputError."""
    from vbtui.pictures.scene import LEAST, Size

    try:
        size = Size.parse(text)
    except ValueError:
        raise InputError(
            N_("'{size}' is no size of a terminal: expected COLUMNSxROWS, such as 80x24, at most 400x200"), size=text
        ) from None
    if not size.has_room:
        raise InputError(
            N_("{size} is too small for the app: expected at least {least}"), size=size, least=Size(*LEAST)
        )
    return size


def will_read_run(session: Session, scene: LoadedScene) -> None:
    """Should the run log of the scene be none, the message about it names the file."""
    if scene.scene.run is not None:
        session.run_log = scene.named(scene.scene.run)
