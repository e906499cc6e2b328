"""`record`: the whole walk as a recording, for a player of asciinema's format or as a page that plays itself.

Decided here: what is named on the command line is a topology or a scene, and the suffix of the file says its form.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import chosen_job, force_option, job_option, load_topology, plain_option, profile_option
from vbtui.cli.output import free_to_write, write_document
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.cli.wanted_scene import THEMES, wanted_scene, will_read_run
from vbtui.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from vbtui.pictures.scene import LoadedScene

SUFFIXES = (".cast", ".html")


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Record a walk, to be played without vbtui."),
    help=N_(
        "Record the whole walk through a job, one frame for each event, the same bytes every time. What is recorded is "
        "a topology, or a scene for how it is opened. FILE.cast is asciicast v2 with a marker for each step; FILE.html "
        "is one page that plays itself in any browser, without a network."
    ),
)
@click.argument("what", metavar="TOPOLOGY|SCENE")
@click.option("-o", "--output", metavar="FILE", required=True, help=N_("FILE.cast or FILE.html."))
@job_option
@profile_option
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help=N_("Language of the recording, and of everything that is printed."),
)
@click.option("--theme", type=click.Choice(THEMES), help=N_("Colours; dark without."))
@click.option("--size", metavar="COLSxROWS", help=N_("Size of the terminal; 120x40 without."))
@plain_option
@force_option
def record(
    what: str,
    output: str,
    job_name: str | None,
    profile: str | None,
    language: str | None,
    theme: str | None,
    size: str | None,
    force: bool,
) -> int:
    session = current()
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(N_("{file} ends in neither .cast nor .html"), file=output)
    free_to_write(output, force=force)
    scene = wanted_scene(
        _scene(what, job_name, session.language),
        job=job_name,
        profile=profile,
        language=language,
        theme=theme,
        size=size,
    )
    will_read_run(session, scene)
    from vbtui.pictures.opened import opened
    from vbtui.pictures.recording import TooLongError
    from vbtui.pictures.recording import record as recorded

    try:
        recording = recorded(opened(scene), scene.scene.size[0], colour=scene.scene.colour)
    except TooLongError as error:
        raise InputError(
            N_("the walk has {count} events: more than a recording can show"), count=session.say.number(error.count)
        ) from None
    if suffix == ".cast":
        from vbtui.pictures.cast import cast_of

        write_document(output, cast_of(recording), force=force)
    else:
        from vbtui.pictures.replay import replay_of

        write_document(output, replay_of(recording), force=force)
    return Exit.DONE


def _scene(what: str, job_name: str | None, language: str) -> LoadedScene:
    """The scene of a file, or the one that opens a topology, in that language. Raises InputError for a job that the
    topology does not have."""
    from vbtui.pictures.scene import is_scene, load_scene, scene_of
    from vbtui.topology import resolve

    path = resolve(what)
    if is_scene(path):
        return load_scene(path)
    chosen_job(load_topology(what).topology, job_name)
    return wanted_scene(scene_of(path), language=language)
