"""The disk images that a job reads: generated samples, or the user's own files, which are only ever read."""

from __future__ import annotations

from collections.abc import Iterator
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
    """A file of the user's: opened read-only, and no guest writes to it."""

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


def prepare_images(loaded: LoadedTopology, job: Job, places: Places) -> tuple[Image, ...]:
    """The images of a job's disks; samples that are missing or changed are written. Raises OSError, BadImage."""
    return tuple(_prepare(loaded, job, places))


def _prepare(loaded: LoadedTopology, job: Job, places: Places) -> Iterator[Image]:
    # Here, so that a screen may ask whose the images are without waiting for the engine.
    from vbtui.engine import SampleSpec, needs_writing, write_sample

    for item in job.vms:
        for disk in loaded.topology.vm(item.name).disks:
            if disk.image != SAMPLE:
                yield Image(item.name, disk.name, loaded.file.parent / disk.image, own=True)
                continue
            folder = places.make(places.samples(loaded.topology.name) / item.name)
            path = folder / f"{disk.name}.img"
            seed = f"{loaded.topology.name}/{item.name}/{disk.name}"
            spec = SampleSpec(disk.name, disk.size, int.from_bytes(sha256(seed.encode()).digest()[:8]))
            if needs_writing(path, spec):
                write_sample(path, spec)
            yield Image(item.name, disk.name, path, own=False)
