"""`nbd serve`: a disk image or a restore point for any NBD client, on this machine only.

Decided here: what SOURCE means, what the exports are called, and how the command ends: a server that is stopped with
Ctrl-C has done its work, so it ends like any command that did; SIGTERM, with which a service or a script stops it, is
the same. Everything is open for reading only, and the server listens on 127.0.0.1 whatever anybody asks for.
"""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from vbtui.cli.exits import Exit
from vbtui.cli.options import printing_options
from vbtui.cli.repository import repository_in
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand, TranslatedGroup
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine import ExportSource, LoopbackNetwork, NbdServer
    from vbtui.engine.repository.chain import Chain
    from vbtui.vocabulary import Service

_NODE = "localhost"
_SERVICE = "tcp/10809"
"""The service that the listener stands for; its real port is free or the user's."""


@click.group(
    cls=TranslatedGroup,
    short_help=N_("Serve a disk or a restore point to NBD clients."),
    help=N_("Serve disks over NBD, the network block device protocol, on this machine only."),
)
@printing_options
def nbd() -> None:
    """Only a group."""


@nbd.command(
    "serve",
    cls=TranslatedCommand,
    short_help=N_("Serve a disk image or a restore point, read-only."),
    help=N_(
        "Serve SOURCE, read-only, until Ctrl-C: a disk image (raw, or VMDK where the name ends in .vmdk), the file of "
        "a restore point (.vbx), or with --repo the id of one. Every disk is an export; its address is printed. Any "
        "client on this machine can read it, such as nbdinfo, nbdcopy or qemu-img. Block status tells which areas are "
        "allocated (base:allocation) and, for an increment, which it holds itself (x-vbtui:dirty)."
    ),
)
@click.argument("source")
@click.option("--repo", "folder", metavar="DIR", help=N_("The folder of restore points in which SOURCE is."))
@click.option("--disk", "disk_name", metavar="NAME", help=N_("Only this disk of the restore point."))
@click.option("--export", "export_name", metavar="NAME", help=N_("What the export is called, if there is only one."))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=0,
    help=N_("Port on 127.0.0.1; without it, a free one."),
)
@click.option(
    "--within", metavar="DIR", help=N_("A VMDK may name files anywhere below DIR, in place of its own folder only.")
)
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def serve(
    source: str,
    folder: str | None,
    disk_name: str | None,
    export_name: str | None,
    port: int,
    within: str | None,
    as_json: bool,
) -> int:
    from vbtui.engine import LoopbackNetwork
    from vbtui.vocabulary import Service

    session = current()
    service = Service.parse(_SERVICE)
    with (
        _terminated_like_interrupted(),
        _sources(source, folder, disk_name, within) as sources,
        LoopbackNetwork(lambda _: False) as network,  # strangers come to us; nothing here connects to anything
    ):
        if export_name is not None:
            if len(sources) != 1:
                message = N_("--export names one export, and {source} has {count} disks; --disk chooses one")
                raise InputError(message, source=source, count=len(sources))
            sources = dict(zip([export_name], sources.values(), strict=True))
        server = _listening(network, service, port)
        for name, one in sources.items():
            try:
                server.add_export(name, one)
            except ValueError as error:
                raise InputError(N_("{name} cannot be the name of an export"), name=repr(name)) from error
        with suppress(KeyboardInterrupt):  # the end that is meant, from when the addresses are out
            _tell(network.port(_NODE, service), {name: one.size for name, one in sources.items()}, as_json=as_json)
            threading.Event().wait()
        served = network.accepted(_NODE, service)
    session.complain(session.say(N_("stopped; connections served: {count}")).format(count=session.say.number(served)))
    return Exit.DONE


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """While it lasts, SIGTERM is Ctrl-C: files and sockets are closed, and the last line is written."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _sources(
    source: str, folder: str | None, disk_name: str | None, within: str | None
) -> Iterator[dict[str, ExportSource]]:
    """What is served, by the name of its export. Raises InputError, and what opening an image or a point raises."""
    from vbtui.engine import ImageExport
    from vbtui.engine.disk import open_image
    from vbtui.engine.repository.layout import SUFFIX

    path = Path(source)
    if "\0" in source:
        raise InputError(N_("{file} is no name of a file"), file=repr(source))
    with ExitStack() as opened:
        if folder is not None or path.name.endswith(SUFFIX):
            repository, point = (str(path.parent), path.name) if folder is None else (folder, source)
            chain = opened.enter_context(repository_in(repository).open_chain(point.removesuffix(SUFFIX)))
            yield _disks(chain, disk_name)
            return
        if disk_name is not None:
            raise InputError(N_("--disk is for restore points, and {source} is an image"), source=source)
        if not path.exists():
            raise InputError(N_("there is no file {file}"), file=source)
        image = open_image(path, within=None if within is None else Path(within))
        opened.callback(image.close)
        yield {path.name: ImageExport(image)}


def _disks(chain: Chain, wanted: str | None) -> dict[str, ExportSource]:
    """The disks of a restore point by name. Raises UnknownDisk."""
    from vbtui.engine.repository.export import PointExport

    names = [disk.name for disk in chain.header.disks] if wanted is None else [wanted]
    return {name: PointExport(chain, name) for name in names}


def _listening(network: LoopbackNetwork, service: Service, port: int) -> NbdServer:
    from vbtui.engine import NbdServer

    try:
        return NbdServer(network, _NODE, service, port=port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(N_("port {port} is taken"), port=port) from error
        if error.errno == errno.EACCES:
            raise InputError(N_("port {port} is not for ordinary users"), port=port) from error
        raise


def _tell(port: int, sizes: dict[str, int], *, as_json: bool) -> None:
    """The addresses on standard output, where a program finds them; the rest for a person."""
    from vbtui.render.json_text import json_text

    session = current()
    addresses = {name: f"nbd://127.0.0.1:{port}/{quote(name)}" for name in sizes}
    if as_json:
        exports = [{"name": name, "uri": addresses[name], "bytes": size} for name, size in sizes.items()]
        session.write_text(json_text({"schema": "vbtui-nbd", "version": 1, "port": port, "exports": exports}))
    else:
        session.write(addresses.values())
    session.complain(session.say(N_("served read-only, to this machine only; Ctrl-C ends it")))
