"""`backup --image`: protecting plain disk images, without a topology.

Decided here: what the chain is called when nobody says, and how progress and outcome are told. The work is the
engine's (`engine.protect`). A server is asked only where the user has typed its `nbd://` address.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vbtui.cli.exits import Exit
from vbtui.cli.image_files import named_as_asked
from vbtui.cli.progress import progress_bars
from vbtui.cli.session import Session, current
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine.mover import TaskFigures
    from vbtui.engine.protect import ImageSource, Protection

COMPRESSION_LEVELS = ("none", "fast", "optimal", "high")
"""Values of `engine.CompressionLevel`, repeated so that `--help` does not load the engine; a test compares them."""

DEFAULT_LEVEL = "optimal"
DEFAULT_SLOTS = 2
"""`engine.protect.SLOTS`, for the same reason."""

REASONS = {
    "first": N_("a full restore point: there is none of '{name}' yet"),
    "asked": N_("a full restore point, as asked"),
    "disks-changed": N_("a full restore point: the last one of '{name}' holds other disks"),
    "size-changed": N_("a full restore point: the size has changed of {disks}"),
    "long-chain": N_("a full restore point: the chain of '{name}' is as long as one may be"),
    "damaged": N_("a full restore point: the last one of '{name}', or what it builds on, is damaged or missing"),
}
"""By `engine.repository.base.FullReason`."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What the command line asks for."""

    images: tuple[str, ...]
    folder: Path
    name: str | None
    compression: str
    full: bool
    check: bool
    slots: int
    as_json: bool


def protect(request: ImageRequest) -> Exit:
    """Make one restore point of the images. Raises InputError, EngineError, OSError, KeyboardInterrupt."""
    from vbtui.engine import CompressionLevel, Repository
    from vbtui.engine.protect import CHAIN_NAME, back_up_images, chain_name

    session = current()
    name = chain_name(request.images[0]) if request.name is None else request.name
    if not CHAIN_NAME.fullmatch(name):
        message = N_("--name takes letters, digits, '_', '.' and '-', up to 80 of them; found {found}")
        raise InputError(message, found=repr(name))
    sources = _sources(request.images)
    repository = Repository(request.folder)
    begin = time.monotonic()
    with (
        named_as_asked(str(request.folder)),
        progress_bars([(source.name, source.size) for source in sources]) as moved,
    ):

        def told(figures: Sequence[TaskFigures | None]) -> None:
            for number, one in enumerate(figures):
                if moved is not None and one is not None:
                    moved(number, one.processed)

        made = back_up_images(
            sources,
            repository,
            name=name,
            created_ms=time.time_ns() // 1_000_000,
            compression=CompressionLevel(request.compression),
            full=request.full,
            check=request.check,
            slots=request.slots,
            on_progress=told,
        )
    seconds = time.monotonic() - begin
    if request.as_json:
        _write_document(session, name, made, seconds)
    else:
        _write_lines(session, name, made, seconds)
    return Exit.DONE


def _sources(images: Sequence[str]) -> list[ImageSource]:
    from vbtui.engine.protect import disk_names, foreign_source, image_source
    from vbtui.engine.transport import is_nbd_uri, open_foreign

    for image in images:
        if is_nbd_uri(image):
            continue
        if "\0" in image or not image:
            raise InputError(N_("{file} is no name of a file"), file=repr(image))
        if not Path(image).exists():
            raise InputError(N_("there is no file {file}"), file=image)
    places = [image if is_nbd_uri(image) else str(Path(image).resolve()) for image in images]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise InputError(N_("{file} is named twice"), file=images[number])
    names = disk_names(images)
    return [
        foreign_source(image, name, open_foreign) if is_nbd_uri(image) else image_source(Path(image), name)
        for image, name in zip(images, names, strict=True)
    ]


def _write_lines(session: Session, name: str, made: Protection, seconds: float) -> None:
    from vbtui.render.printing import printable
    from vbtui.render.quantities import duration, size
    from vbtui.render.words import BOTTLENECKS

    say = session.say
    lines = []
    for disk in made.disks:
        figures = disk.figures
        text = say(
            N_("{disk}: {processed} processed, {read} read, {transferred} transferred, bottleneck {bottleneck}")
        ).format(
            disk=printable(disk.source.name),
            processed=size(say, figures.processed),
            read=size(say, figures.read),
            transferred=size(say, figures.transferred),
            bottleneck=BOTTLENECKS.get(figures.bottleneck or "", "–"),
        )
        lines.append(text)
    if made.parent is not None:
        what = say(N_("an incremental restore point, on {parent}")).format(parent=printable(made.parent))
    else:
        disks = ", ".join(printable(one) for one in made.resized)
        what = say(REASONS[str(made.reason)]).format(name=printable(name), disks=disks)
    if made.reread:
        text = say.plural(
            "{count} damaged block of the chain was read again", "{count} damaged blocks of the chain were read again",
            made.reread,
        )  # fmt: skip
        lines.append(text.format(count=say.number(made.reread)))
    text = say(N_("{point}: {what}; {size} in {duration}"))
    lines.append(
        text.format(
            point=printable(made.point),
            what=what,
            size=size(say, made.file_size),
            duration=duration(say, round(seconds * 1000)),
        )
    )
    session.write(lines)


def _write_document(session: Session, name: str, made: Protection, seconds: float) -> None:
    from vbtui.render.json_text import json_text

    disks: list[dict[str, Any]] = [
        {
            "name": disk.source.name,
            "image": disk.source.origin,
            "bytes": disk.figures.total,
            "processed": disk.figures.processed,
            "read": disk.figures.read,
            "transferred": disk.figures.transferred,
            "written": disk.figures.written,
            "zero": disk.figures.zero,
            "duplicate": disk.figures.duplicate,
            "unchanged": disk.figures.unchanged,
            "busy_seconds": {str(stage): round(busy, 6) for stage, busy in disk.figures.busy_seconds},
            "bottleneck": disk.figures.bottleneck,
        }
        for disk in made.disks
    ]
    session.write_text(
        json_text(
            {
                "schema": "vbtui-backup",
                "version": 1,
                "name": name,
                "point": made.point,
                "file": made.path.name,
                "bytes": made.file_size,
                "parent": made.parent,
                "full_because": made.reason,
                "read_again": made.reread,
                "seconds": round(seconds, 3),
                "disks": disks,
            }
        )
    )
