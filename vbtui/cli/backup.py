"""`backup` and `clean`: performing a job or protecting images without the app, removing what vbtui keeps for itself.

Decided here: which words of `backup` go with a topology and which with images.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from vbtui.cli.exits import Exit
from vbtui.cli.images import COMPRESSION_LEVELS, DEFAULT_LEVEL, DEFAULT_SLOTS, ImageRequest, protect
from vbtui.cli.options import (
    chosen_job,
    chosen_profile,
    job_option,
    load_topology,
    printing_options,
    profile_option,
)
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

MOST_SLOTS: Final = 16


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Perform a job for real, or protect disk images."),
    help=N_(
        "Perform a job of TOPOLOGY for real, at full speed: real disks, sockets and files. Restore points go to the "
        "folder DIR. The exit code is 1 if the job ends with Error. With --image, protect disk images without a "
        "topology: raw, VMDK (.vmdk), or nbd://HOST/EXPORT. The first restore point is a full one, the later ones "
        "hold what has changed. Nothing may write to the images meanwhile."
    ),
)
@click.argument("words", nargs=-1, metavar="[TOPOLOGY]")
@click.option("--repo", "repository", metavar="DIR", required=True, help=N_("Folder of the restore points."))
@job_option
@profile_option
@click.option("--yes", is_flag=True, help=N_("Read disk images of your own without asking."))
@click.option(
    "--image", "images", metavar="FILE", multiple=True, help=N_("Protect this image; more of them may follow it.")
)
@click.option("--name", metavar="NAME", help=N_("Of the images' restore points; by default, that of the first image."))
@click.option(
    "--compression",
    type=click.Choice(COMPRESSION_LEVELS),
    help=N_("How hard to compress images; optimal by default."),
)
@click.option("--full", is_flag=True, help=N_("Make a full restore point: do not build on the last one."))
@click.option(
    "--check", is_flag=True, help=N_("Read the images' restore points first, and what is damaged of them anew.")
)
@click.option(
    "--slots",
    type=click.IntRange(1, MOST_SLOTS),
    metavar="COUNT",
    help=N_("How many images are copied at once; 2 by default."),
)
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def backup(
    words: tuple[str, ...],
    repository: str,
    job_name: str | None,
    profile: str | None,
    yes: bool,
    images: tuple[str, ...],
    name: str | None,
    compression: str | None,
    full: bool,
    check: bool,
    slots: int | None,
    as_json: bool,
) -> int:
    of_images = {
        "--name": name, "--compression": compression, "--check": check, "--slots": slots,
    }  # fmt: skip
    if images:
        _refuse(N_("{option} goes with a topology, not with --image"), {"--job": job_name, "--profile": profile})
        folder = Path(repository)
        _must_take_files(folder)
        return protect(
            ImageRequest(
                images=(*images, *words),
                folder=folder,
                name=name,
                compression=compression or DEFAULT_LEVEL,
                full=full,
                check=check,
                slots=slots or DEFAULT_SLOTS,
                as_json=as_json,
            )
        )
    _refuse(N_("{option} goes with --image only"), of_images)
    if not words:
        raise InputError(N_("name a topology, or disk images with --image"))
    if len(words) > 1:
        raise InputError(N_("expected one topology, found {found}"), found=", ".join(words))
    return _perform(words[0], Path(repository), job_name, profile, yes=yes, full=full, as_json=as_json)


def _refuse(message: str, options: Mapping[str, object]) -> None:
    """Raises InputError for the first option that was given."""
    for option, value in options.items():
        if value is not None and value is not False:
            raise InputError(message, option=option)


def _perform(
    topology: str, folder: Path, job_name: str | None, profile: str | None, *, yes: bool, full: bool, as_json: bool
) -> int:
    from vbtui.cli.changes import simulated
    from vbtui.cli.run import perform
    from vbtui.job import history, own_images
    from vbtui.render.messages import Messages

    session = current()
    loaded = load_topology(topology)
    job = chosen_job(loaded.topology, job_name)
    chosen = chosen_profile(profile, loaded.topology)
    _must_take_files(folder)
    own = own_images(loaded, job)
    if own and not yes:
        question = session.say(N_("The job reads disk images of your own (they are not changed): {images}"))
        session.complain(question.format(images=", ".join(own)))
        if not session.interactive:
            raise InputError(N_("nobody can be asked here; --yes reads them"))
        if not session.ask(session.say(N_("Read them?"))):
            session.complain(session.say(N_("The job was not performed.")))
            return Exit.INTERRUPTED
    trace = simulated(loaded, job, chosen, (), None if full else history(folder, loaded.topology, job))
    messages = Messages(session.say, loaded.topology, chosen)
    return perform(session, messages, loaded, trace, repository=folder, as_json=as_json)


def _must_take_files(folder: Path) -> None:
    """Refuse a folder that can neither be written to nor be made, before anything begins. Raises InputError.

    Nothing is made here; a disk that is full is found out only by writing.
    """
    there = folder
    try:
        while not there.exists() and there != there.parent:
            if there.is_symlink():
                raise InputError(N_("{folder} is not a folder"), folder=there)
            there = there.parent
        is_folder = there.is_dir()
    except (OSError, ValueError):
        # Beyond a file in the way, a name that is too long, or a loop of links: the system tells by trying.
        there, is_folder = folder, False
    if not is_folder:
        raise InputError(N_("{folder} is not a folder"), folder=there)
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(N_("{folder} cannot be written to"), folder=there)


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Remove what vbtui keeps for itself."),
    help=N_(
        "Remove what vbtui keeps for itself: sample disks, the demonstration repository, run logs. What and where is "
        "said first. Folders named with --repo are yours and stay."
    ),
)
@click.option("--yes", is_flag=True, help=N_("Remove it without asking."))
@printing_options
def clean(yes: bool) -> int:
    from vbtui.job import Places
    from vbtui.render.printing import printable
    from vbtui.render.quantities import size

    session = current()
    places = Places.of(session.environment)
    kept = places.kept()
    if not kept:
        session.write([session.say(N_("vbtui keeps nothing in {folder}.")).format(folder=printable(places.root))])
        return Exit.DONE
    session.write([session.say(N_("vbtui keeps this in {folder}:")).format(folder=printable(places.root))])
    folders: dict[str, list[int]] = {}
    for one in kept:
        folders.setdefault(printable(one.path.relative_to(places.root).parent), []).append(one.allocated)
    for folder, sizes in folders.items():
        count = session.say.plural("{count} file", "{count} files", len(sizes)).format(count=len(sizes))
        session.write([f"  {folder}: {count}, {size(session.say, sum(sizes))}"])
    total = size(session.say, sum(one.allocated for one in kept))
    session.write([session.say(N_("{files} files, {size}")).format(files=len(kept), size=total)])
    if not yes:
        if not session.interactive:
            raise InputError(N_("nothing was removed: nobody can be asked here; --yes removes it"))
        if not session.ask(session.say(N_("Remove all of it?"))):
            session.write([session.say(N_("Nothing was removed."))])
            return Exit.DONE
    places.clean()
    session.write([session.say(N_("Removed."))])
    return Exit.DONE
