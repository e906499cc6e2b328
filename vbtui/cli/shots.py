"""`shots`: pictures of scenes, for documentation, slides and tests.

Decided here: that nothing is written unless every picture could be taken. A picture replaces the one of its name, since
it is made from its scene and not by hand; `--check` replaces nothing and says what would change.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import plain_option
from vbtui.cli.session import Session, current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.cli.wanted_scene import THEMES, wanted_scene, will_read_run
from vbtui.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from vbtui.pictures.playing import Shot
    from vbtui.pictures.scene import LoadedScene

FORMS = ("svg", "text", "png", "html")
"""Values of `pictures.shots.Form`, repeated so that `--help` does not load it; a test compares them."""


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Take pictures of the screens."),
    help=N_(
        "Take the pictures that scene files describe, without a terminal: the same bytes every time. A scene names a "
        "topology, how it is opened, and steps to the moments that are worth a picture; --schema prints what it may "
        "say. Pictures of these names are replaced; with --check nothing is written, and the exit code is 1 if one "
        "would change."
    ),
)
@click.argument("scenes", metavar="SCENE...", nargs=-1)
@click.option("-o", "--output", metavar="DIR", help=N_("The folder for the pictures."))
@click.option(
    "--format",
    "forms",
    metavar="FORM,...",
    default="svg",
    help=N_("What is written: svg, text, png (needs the extra png), html (one page with all of them)."),
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    help=N_("Language of the pictures in place of the scene's, and of everything that is printed."),
)
@click.option("--theme", type=click.Choice(THEMES), help=N_("Colours, in place of the scene's."))
@click.option("--size", metavar="COLSxROWS", help=N_("Size of the terminal, in place of the scene's."))
@click.option("--check", is_flag=True, help=N_("Write nothing; say which pictures would change."))
@plain_option
@click.option("--schema", is_flag=True, help=N_("Print the JSON Schema of scene files, for editors."))
def shots(
    scenes: tuple[str, ...],
    output: str | None,
    forms: str,
    language: str | None,
    theme: str | None,
    size: str | None,
    check: bool,
    schema: bool,
) -> int:
    session = current()
    if schema:
        from vbtui.pictures.scene import scene_schema
        from vbtui.render.json_text import json_text

        session.write_text(json_text(scene_schema()))
        return Exit.DONE
    if not scenes:
        raise InputError(N_("SCENE is missing: name at least one scene file"))
    if output is None:
        raise InputError(N_("-o DIR is missing: name the folder for the pictures"))
    from vbtui.pictures.scene import load_scene

    wanted = _forms(forms)
    folder = Path(output)
    if "\0" in output or (folder.exists() and not folder.is_dir()):
        raise InputError(N_("{folder} is not a folder"), folder=output)
    read = [load_scene(Path(scene)) for scene in scenes]
    taken = _taken(session, [wanted_scene(one, language=language, theme=theme, size=size) for one in read])
    files = _documents(taken, wanted, session.language)
    from vbtui.pictures.shots import differing, write
    from vbtui.render.printing import printable

    if check:
        changed = differing(files, folder)
        session.write(printable(folder / name) for name in changed)
        return Exit.REACHED if changed else Exit.DONE
    write(files, folder)
    session.write(printable(folder / name) for name in files)
    return Exit.DONE


def _forms(text: str) -> tuple[str, ...]:
    from vbtui.topology.problems import suggestion

    found = tuple(word.strip() for word in text.split(","))
    for word in found:
        if word not in FORMS:
            raise InputError(
                N_("there is no form '{form}'; there are {known}"),
                suggestion=suggestion(word, FORMS),
                form=word,
                known=", ".join(FORMS),
            )
    return found


def _taken(session: Session, scenes: list[LoadedScene]) -> list[Shot]:
    from vbtui.pictures.playing import play

    taken: list[Shot] = []
    for scene in scenes:
        will_read_run(session, scene)
        taken += play(scene)
    return taken


def _documents(taken: list[Shot], forms: tuple[str, ...], language: str) -> dict[str, bytes]:
    from vbtui.pictures.png import FAMILIES, PACKAGE, NoFontError, NoPngError
    from vbtui.pictures.shots import Form, SameNameError, documents

    try:
        return documents(taken, [Form(form) for form in forms], language=language)
    except SameNameError as error:
        raise InputError(N_("two pictures are called '{name}'"), name=error.name) from error
    except NoPngError:
        raise InputError(N_("PNG needs the package resvg-py: pip install 'vbtui[png]'")) from None
    except NoFontError:
        raise InputError(
            N_("PNG needs a font with the lines of boxes, one of {fonts}; Debian and Ubuntu have one in {package}"),
            fonts=", ".join(FAMILIES),
            package=PACKAGE,
        ) from None
