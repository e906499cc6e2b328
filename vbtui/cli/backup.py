"""`backup` and `clean`: performing a job without the app, and removing what vbtui keeps for itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import (
    chosen_job,
    chosen_profile,
    job_option,
    language_option,
    load_topology,
    profile_option,
    topology_argument,
)
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand
from vbtui.cli.usage import InputError
from vbtui.i18n import N_


@click.command(
    cls=TranslatedCommand,
    short_help=N_("Perform a job for real."),
    help=N_(
        "Perform a job for real, at full speed: real disks, sockets and files. Restore points go to the folder DIR. "
        "The exit code is 1 if the job ends with Error."
    ),
)
@topology_argument
@click.option("--repo", "repository", metavar="DIR", required=True, help=N_("Folder of the restore points."))
@job_option
@profile_option
@click.option("--yes", is_flag=True, help=N_("Read disk images of your own without asking."))
@language_option
def backup(topology: str, repository: str, job_name: str | None, profile: str | None, yes: bool) -> int:
    from vbtui.cli.play import simulated
    from vbtui.cli.run import perform
    from vbtui.job import own_images
    from vbtui.render.messages import Messages

    session = current()
    loaded = load_topology(topology)
    job = chosen_job(loaded.topology, job_name)
    chosen = chosen_profile(profile, loaded.topology)
    folder = Path(repository)
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
    trace = simulated(loaded, job, chosen, ())
    messages = Messages(session.say, loaded.topology, chosen)
    return perform(session, messages, loaded, trace, repository=folder)


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
@language_option
def clean(yes: bool) -> int:
    from vbtui.job import Places
    from vbtui.render.problems import printable
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
