"""Options and arguments that several commands share, and what stands behind their words.

Rooms are imported inside the functions: pydantic and the loader take 150 ms, which `--help` must not cost.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vbtui.cli.output import STANDARD_OUTPUT
from vbtui.cli.session import current
from vbtui.cli.usage import InputError
from vbtui.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from vbtui.planning import UnknownMachineError
    from vbtui.topology import Firewall, Job, LoadedTopology, Topology
    from vbtui.vocabulary import Profile

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

PROFILES = ("diagram", "v12", "v13")
"""Values of `vocabulary.Profile`, repeated so that `--help` does not load it; a test compares them."""

DEFAULT_TOPOLOGY = "classroom"


def language_option(function: FunctionT) -> FunctionT:
    """`--lang`: read by `session.open_session` before click starts; here it is only checked and listed."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help=N_("Language of everything that is printed."),
    )(function)


def plain_option(function: FunctionT) -> FunctionT:
    """`--ascii`: read by `session.open_session` as well, wherever it stands on the command line."""
    return click.option(
        "--ascii/--no-ascii",
        expose_value=False,
        default=None,
        help=N_("Print only characters that every font has; chosen by itself where UTF-8 is not read."),
    )(function)


def printing_options(function: FunctionT) -> FunctionT:
    """`--lang` and `--ascii`, of every command that draws nothing."""
    return plain_option(language_option(function))


def job_option(function: FunctionT) -> FunctionT:
    return click.option("--job", "job_name", metavar="NAME", help=N_("A job of the topology."))(function)


def profile_option(function: FunctionT) -> FunctionT:
    return click.option(
        "--profile",
        type=click.Choice(PROFILES),
        help=N_("Which published port tables hold, in place of the topology's own."),
    )(function)


def format_option(function: FunctionT) -> FunctionT:
    return click.option(
        "--format",
        "form",
        type=click.Choice(("table", "json", "csv")),
        default="table",
        help=N_("A table for a person, or JSON or CSV for a program."),
    )(function)


def output_option(function: FunctionT) -> FunctionT:
    """`-o`: where `output.write_document` puts the document."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        default=STANDARD_OUTPUT,
        help=N_("The file that is written; standard output without."),
    )(function)


def force_option(function: FunctionT) -> FunctionT:
    return click.option("--force", is_flag=True, help=N_("Replace a file that exists."))(function)


def topology_argument(function: FunctionT) -> FunctionT:
    return click.argument("topology")(function)


def load_topology(reference: str) -> LoadedTopology:
    """The topology behind a path or a shipped name. Raises TopologyError.

    What is loaded stays until the command ends: at 10,000 VMs the collector would walk it again and again. In somebody
    else's process it is left to the collector.
    """
    from vbtui.topology import load, resolve

    collecting = gc.isenabled()
    gc.disable()
    try:
        return load(resolve(reference))
    finally:
        if current().alone:
            gc.freeze()
        if collecting:
            gc.enable()


def unknown_machine(error: UnknownMachineError, topology: Topology) -> InputError:
    """What to raise for a name of the command line that is neither a node nor a VM."""
    return InputError(
        N_("there is no node or VM '{name}' in topology {topology}"),
        suggestion=error.suggestion,
        name=error.found,
        topology=topology.name,
    )


def chosen_profile(profile: str | None, topology: Topology) -> Profile:
    from vbtui.vocabulary import Profile

    return topology.profile if profile is None else Profile(profile)


def chosen_job(topology: Topology, name: str | None) -> Job:
    """The job of that name, the first one without a name. Raises InputError."""
    from vbtui.topology.problems import suggestion

    if name is None:
        return topology.jobs[0]
    names = [job.name for job in topology.jobs]
    if name not in names:
        raise InputError(
            N_("there is no job '{name}' in topology {topology}; there are {known}"),
            suggestion=suggestion(name, names),
            name=name,
            topology=topology.name,
            known=", ".join(names),
        )
    return topology.job(name)


def chosen_jobs(topology: Topology, name: str | None) -> tuple[Job, ...]:
    """The job of that name, all of them without a name. Raises InputError."""
    return topology.jobs if name is None else (chosen_job(topology, name),)


def chosen_firewall(topology: Topology, name: str) -> Firewall:
    """The firewall of that name. Raises InputError."""
    from vbtui.topology.problems import suggestion

    names = [firewall.name for firewall in topology.firewalls]
    if name not in names:
        raise InputError(
            N_("there is no firewall '{name}' in topology {topology}; there are {known}")
            if names
            else N_("there is no firewall '{name}' in topology {topology}, nor any other"),
            suggestion=suggestion(name, names),
            name=name,
            topology=topology.name,
            known=", ".join(names),
        )
    return topology.firewall(name)
