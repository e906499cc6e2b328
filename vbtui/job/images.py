"""The disk images that a job reads: generated samples, or the user's own files, which are only ever read."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from vbtui.job.places import Places
from vbtui.topology import Job, LoadedTopology

SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Image:
    """The file behind one disk of a job."""

    vm: str
    disk: str
    path: Path
    own: bool
    """A file of the user's: opened read-only; what a guest writes goes to `overlay`."""
    overlay: Path | None = None
    """The folder for what is written over a file of the user's, thrown away with the run. None: a sample."""

    @property
    def task(self) -> str:
        return f"{self.vm}/{self.disk}"


def own_images(loaded: LoadedTopology, job: Job) -> tuple[str, ...]:
    """Task ids of disks with an image of the user's, in the job's order: a person is asked before they are read."""
    return tuple(
        f"{item.name}/{disk.name}"
        for item in job.vms
        for disk in loaded.topology.vm(item.name).disks
        if disk.image != SAMPLE
    )


def prepare_images(loaded: LoadedTopology, job: Job, places: Places, history: Container[str] = ()) -> tuple[Image, ...]:
    """The images of a job's disks; samples that are missing or changed are written.

    The disks of VMs in `history` stay as their guests have left them: their next backup is an incremental one. Raises
    OSError, BadImage and what else opening an image raises, WrongSize.
    """
    return tuple(_prepare(loaded, job, places, history))


def _prepare(loaded: LoadedTopology, job: Job, places: Places, history: Container[str]) -> Iterator[Image]:
    # Here, so that a screen may ask whose the images are without waiting for the engine.
    from vbtui.engine import SampleSpec, is_sample_vmdk, needs_writing_vmdk, write_sample_vmdk
    from vbtui.engine.disk import open_image
    from vbtui.engine.errors import WrongSize

    for item in job.vms:
        for disk in loaded.topology.vm(item.name).disks:
            if disk.image != SAMPLE:
                overlay = places.overlays(loaded.topology.name) / item.name / disk.name
                places.make(overlay.parent)
                path = loaded.file.parent / disk.image
                with closing(open_image(path)) as image:
                    # Else no point would ever be built on: the topology's disks are never those of the last one.
                    if image.size != disk.size:
                        raise WrongSize(path, disk.size, image.size)
                yield Image(item.name, disk.name, path, own=True, overlay=overlay)
                continue
            folder = places.make(places.samples(loaded.topology.name) / item.name)
            path = folder / f"{disk.name.removesuffix('.vmdk')}.vmdk"
            seed = f"{loaded.topology.name}/{item.name}/{disk.name}"
            spec = SampleSpec(disk.name, disk.size, int.from_bytes(sha256(seed.encode()).digest()[:8]))
            keeps = item.name in history and is_sample_vmdk(path, spec)
            if not keeps and needs_writing_vmdk(path, spec):
                write_sample_vmdk(path, spec)
            yield Image(item.name, disk.name, path, own=False)
