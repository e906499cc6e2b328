"""`disk`: disk images as files - made, described, mapped, converted, compared. No topology is needed.

Decided here: what of an image is told, and how much of it. The work is the engine's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vbtui.cli.exits import Exit
from vbtui.cli.image_files import image_format, named_as_asked
from vbtui.cli.options import printing_options
from vbtui.cli.output import free_to_write
from vbtui.cli.progress import progress_bar
from vbtui.cli.session import current
from vbtui.cli.translated import TranslatedCommand, TranslatedGroup
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine.disk import NewFormat, RawDisk, VmdkDisk
    from vbtui.render.disk_sheets import DiskLayer

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

FORMATS = ("raw", "vmdk-sparse", "vmdk-flat")
"""Values of `engine.disk.NewFormat`, repeated so that `--help` does not load the engine; a test compares them."""

MOST_RANGES = 200_000
"""Of a map: an image may say that every other grain is a hole."""


@click.group(
    cls=TranslatedGroup,
    short_help=N_("Disk images: make, describe, map, convert, compare."),
    help=N_("Make, describe, map, convert and compare disk images: raw, and VMDK where the name ends in .vmdk."),
)
@printing_options
def disk() -> None:
    """Only a group."""


def within_option(function: FunctionT) -> FunctionT:
    return click.option(
        "--within",
        metavar="DIR",
        help=N_("A VMDK may name files anywhere below DIR, in place of its own folder only."),
    )(function)


@contextlib.contextmanager
def _opened(file: str, within: str | None) -> Iterator[RawDisk | VmdkDisk]:
    from vbtui.engine.disk import open_image

    for name in (file, within or "."):
        if "\0" in name:
            raise InputError(N_("{file} is no name of a file"), file=repr(name))
    if not Path(file).exists():
        raise InputError(N_("there is no file {file}"), file=file)
    image = open_image(Path(file), within=None if within is None else Path(within))
    try:
        yield image
    finally:
        image.close()


@disk.command(
    "create",
    cls=TranslatedCommand,
    short_help=N_("Make a disk image."),
    help=N_(
        "Make a disk image of holes only, with --sample one that holds every kind of region, or with --parent a delta."
    ),
)
@click.argument("file")
@click.option("--size", "size_text", metavar="SIZE", help=N_("Size of the disk, such as 64MiB."))
@click.option("--format", "form", type=click.Choice(FORMATS), help=N_("Without it: by the name."))
@click.option("--sample", metavar="SEED", type=int, help=N_("Generated content; the same seed gives the same bytes."))
@click.option(
    "--parent", metavar="IMAGE", help=N_("A VMDK; FILE holds only what is written to it and reads as IMAGE elsewhere.")
)
@within_option
@click.option("--force", is_flag=True, help=N_("Replace a file that exists."))
@printing_options
def create(
    file: str, size_text: str | None, form: str | None, sample: int | None, parent: str | None, within: str | None,
    force: bool,
) -> int:  # fmt: skip
    if parent is not None:
        given = {"--size": size_text, "--sample": sample, "--format": None if form == "vmdk-sparse" else form}
        for option, value in given.items():
            if value is not None:
                raise InputError(N_("{option} does not go with --parent"), option=option)
        _create_child(file, parent, within, force=force)
        return Exit.DONE
    if size_text is None:
        raise InputError(N_("a new disk needs --size or --parent"))
    from vbtui.engine.disk import SECTOR, NewImage, SampleSpec, sample_content, sample_map
    from vbtui.engine.disk.vmdk.header import MOST_BYTES
    from vbtui.vocabulary import parse_size

    try:
        size = parse_size(size_text)
    except ValueError:
        size = 0
    if not 0 < size <= MOST_BYTES or size % SECTOR:
        message = N_("--size must be a multiple of 512 bytes up to 64 TiB, found {found}")
        raise InputError(message, found=size_text)
    chosen = _format(file, form, force=force)
    # Not with the ending: the same seed gives a raw image and a VMDK the same bytes.
    content = () if sample is None else sample_content(sample_map(SampleSpec(Path(file).stem, size, sample)))
    with (
        named_as_asked(file),
        progress_bar(Path(file).name, size) as progress,
        NewImage(Path(file), size, chosen, overwrite=force) as new,
    ):
        for offset, data in content:
            new.write(offset, data)
            if progress is not None:
                progress(offset + len(data))
        new.finish()
    _tell_written(file)
    return Exit.DONE


def _create_child(file: str, parent: str, within: str | None, *, force: bool) -> None:
    """A delta over `parent`, which must lie where it will be looked for. Raises InputError, what opening raises."""
    import os.path

    from vbtui.engine.disk import VmdkDisk, new_child

    _format(file, "vmdk-sparse", force=force)
    with _opened(parent, within) as image:
        if not isinstance(image, VmdkDisk):
            raise InputError(N_("{file}: a parent must be a VMDK"), file=parent)
        folder = Path(file).resolve().parent
        if not Path(parent).resolve().is_relative_to(folder if within is None else Path(within).resolve()):
            raise InputError(
                N_("{file}: a parent that is not below the folder of its child needs --within"), file=parent
            )
        with named_as_asked(file):
            new_child(Path(file), image, hint=os.path.relpath(Path(parent).resolve(), folder), overwrite=force)
    _tell_written(file, within)


def _format(file: str, form: str | None, *, force: bool) -> NewFormat:
    """The format of a new image. Raises InputError if its name does not go with it, or is taken."""
    from vbtui.engine.disk import NewFormat
    from vbtui.engine.disk.vmdk import flat_data

    chosen = image_format(file, form)
    free_to_write(file, force=force)
    if chosen is NewFormat.VMDK_FLAT:
        free_to_write(str(flat_data(Path(file))), force=force)
    return chosen


def _tell_written(file: str, within: str | None = None) -> None:
    from vbtui.engine.disk import RawDisk
    from vbtui.render.printing import printable
    from vbtui.render.quantities import size

    session = current()
    with _opened(file, within) as image:
        if isinstance(image, RawDisk):
            form, allocated = "raw", image.path.stat().st_blocks * 512
        else:
            form, allocated = f"VMDK {image.subformat}", sum(one.allocated for one in image.files)
        total = image.size
    text = session.say(N_("{file}: {form}, {size}, {allocated} on disk"))
    values = {"size": size(session.say, total), "allocated": size(session.say, allocated)}
    session.write([text.format(file=printable(file), form=form, **values)])


def _layers(file: str, within: str | None) -> tuple[DiskLayer, ...]:
    """The facts of an image and its parents. Raises what opening raises."""
    from vbtui.engine.disk import RawDisk, RunKind, runs_of
    from vbtui.render.disk_sheets import DiskExtentFacts, DiskFile, DiskLayer

    found = []
    with _opened(file, within) as opened:
        for image in (opened,) if isinstance(opened, RawDisk) else opened.chain():
            own = dict.fromkeys(RunKind, 0)
            for run in runs_of(image) if isinstance(image, RawDisk) else image.own_runs():
                own[run.kind] += run.length
            counted = tuple((str(kind), count) for kind, count in own.items())
            if isinstance(image, RawDisk):
                state = image.path.stat()
                files = (DiskFile(str(image.path), state.st_size, state.st_blocks * 512),)
                found.append(DiskLayer(str(image.path), "raw", image.size, files, (), counted))
                continue
            extents, position = [], 0
            for line in image.descriptor.extents:
                extents.append(DiskExtentFacts(position, line.size, line.access, line.kind, line.name, line.start))
                position += line.size
            parent = image.descriptor.parent_id
            found.append(
                DiskLayer(
                    str(image.path),
                    f"VMDK {image.subformat}",
                    image.size,
                    tuple(DiskFile(str(one.path), one.size, one.allocated) for one in image.files),
                    tuple(extents),
                    counted,
                    f"{image.content_id:08x}",
                    None if parent is None else f"{parent:08x}",
                    image.redundant_used,
                )
            )
    return tuple(found)


@disk.command(
    "info",
    cls=TranslatedCommand,
    short_help=N_("Say what a disk image is."),
    help=N_("Say what a disk image is: format, size, what of it is allocated, its extents, its chain of parents."),
)
@click.argument("file")
@within_option
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def info(file: str, within: str | None, as_json: bool) -> int:
    from vbtui.render.disk_sheets import disk_document, disk_sheets
    from vbtui.render.json_text import json_text

    session = current()
    layers = _layers(file, within)
    if as_json:
        session.write_text(json_text(disk_document(layers)))
    else:
        session.write_sheets(disk_sheets(session.say, layers))
    return Exit.DONE


@disk.command(
    "map",
    cls=TranslatedCommand,
    short_help=N_("Show where the bytes of a disk image are."),
    help=N_("Show which ranges of a disk are data, zeros or holes, in which file, and which come from a parent."),
)
@click.argument("file")
@within_option
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def map_image(file: str, within: str | None, as_json: bool) -> int:
    from vbtui.engine.disk import runs_of
    from vbtui.render.disk_sheets import DiskRange, map_document, map_sheet
    from vbtui.render.json_text import json_text

    session = current()
    with _opened(file, within) as image:
        total, runs = image.size, runs_of(image)
        ranges = [
            DiskRange(
                run.offset, run.length, run.kind, run.depth, None if run.file is None else str(run.file), run.place
            )
            for run in islice(runs, MOST_RANGES)
        ]
        complete = next(runs, None) is None
    if as_json:
        session.write_text(json_text(map_document(file, total, ranges, complete=complete)))
    else:
        session.write_sheets([map_sheet(session.say, file, ranges, complete=complete)])
    return Exit.DONE


@disk.command(
    "convert",
    cls=TranslatedCommand,
    short_help=N_("Write a disk image in another format."),
    help=N_("Write the disk of SOURCE, its parents merged into it, to TARGET, which appears when it is complete."),
)
@click.argument("source")
@click.argument("target")
@click.option("--to", "--format", "form", type=click.Choice(FORMATS), help=N_("Without it: by the name."))
@within_option
@click.option("--force", is_flag=True, help=N_("Replace a file that exists."))
@printing_options
def convert(source: str, target: str, form: str | None, within: str | None, force: bool) -> int:
    from vbtui.engine.disk import convert_image

    chosen = _format(target, form, force=force)
    with (
        _opened(source, within) as image,
        named_as_asked(target),
        progress_bar(Path(target).name, image.size) as progress,
    ):
        convert_image(image, Path(target), chosen, overwrite=force, progress=progress)
    _tell_written(target)
    return Exit.DONE


@disk.command(
    "compare",
    cls=TranslatedCommand,
    short_help=N_("Compare the disks in two images."),
    help=N_("Compare the disks in two images, of any format. The exit code is 1 if they differ."),
)
@click.argument("first")
@click.argument("second")
@within_option
@click.option("--json", "as_json", is_flag=True, help=N_("JSON for a program."))
@printing_options
def compare(first: str, second: str, within: str | None, as_json: bool) -> int:
    from vbtui.engine.disk import compare_images
    from vbtui.render.quantities import size

    session = current()
    say = session.say
    with _opened(first, within) as one, _opened(second, within) as other:
        with progress_bar(Path(first).name, min(one.size, other.size)) as progress:
            found = compare_images(one, other, progress)
        sizes = (one.size, other.size)
    equal = found is None and sizes[0] == sizes[1]
    if as_json:
        from vbtui.render.json_text import json_text

        difference = None if found is None else {"offset": found.offset, "first": found.first, "second": found.second}
        document = {"first": first, "second": second, "bytes": list(sizes), "equal": equal, "difference": difference}
        session.write_text(json_text({"schema": "vbtui-compare", "version": 1, **document}))
        return Exit.DONE if equal else Exit.REACHED
    lines = []
    if sizes[0] != sizes[1]:
        text = say(N_("the sizes differ: {first} B and {second} B"))
        lines.append(text.format(first=say.number(sizes[0]), second=say.number(sizes[1])))
    if found is not None:
        text = say(N_("the first difference is at byte {offset}: {first} and {second}"))
        values = {"first": f"0x{found.first:02x}", "second": f"0x{found.second:02x}"}
        lines.append(text.format(offset=say.number(found.offset), **values))
    if not lines:
        session.write([say(N_("the disks are equal: {size}")).format(size=size(say, sizes[0]))])
        return Exit.DONE
    session.write(lines)
    return Exit.REACHED
