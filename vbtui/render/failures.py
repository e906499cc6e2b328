"""What went wrong while doing something for real: failures of the engine, bad run logs, the operating system's errors.

In: an exception with a code and fields. Out: one line. The engine is not imported: an exception's code finds its text,
its fields fill it. Never here: problems of topology files (`problems`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable
from vbtui.render.quantities import size

if TYPE_CHECKING:
    from vbtui.job import BadRunLog  # loads the engine
    from vbtui.job.observations import BadObservationsError

FAILURES: Final[Mapping[str, str]] = {
    "blocked": N_("the firewall rules do not allow {connection}"),
    "not-listening": N_("nothing listens at the other end of {connection}"),
    "already-listening": N_("{node} listens on {service} already"),
    "network-closed": N_("the run has ended, its network is closed"),
    "peer-lost": N_("the other side of a connection is lost: {reason}"),
    "server-lost": N_("{uri}: {reason}"),
    "unknown-export": N_("the server has no export '{export}'"),
    "protocol": N_("the other side broke the protocol {protocol} ({found})"),
    "refused-by-server": N_("the server refuses {export} (error {error})"),
    "bad-uri": N_("{uri} is no address of an NBD server (expected {expected}, found {found})"),
    "cancelled": N_("interrupted"),
    "bad-image": N_("{path} is not a usable disk image (expected {expected}, found {found})"),
    "wrong-size": N_("the disk in {path} has {found} bytes, and the topology says {expected}"),
    "image-busy": N_("{path} is open for writing already"),
    "image-changed": N_("{path} was changed while it was read; no restore point was made"),
    "leftover-redo-log": N_("redo logs of an interrupted snapshot lie beside the image: {paths}"),
    "snapshot-exists": N_("{path} has a snapshot already"),
    "snapshot-gone": N_("the snapshot of {path} is gone"),
    "unknown-change-id": N_("changes of {path} are not known since '{change_id}'; everything has to be read"),
    "still-attached": N_("the snapshot of {path} is still read by {holders}"),
    "no-free-slot": N_("{node} has no free target on its virtual SCSI controllers ({slots})"),
    "not-attached": N_("nothing is attached to {node} at {slot}"),
    "guest-failed": N_("the guest's own writing has failed"),
    "guest-stalled": N_("the guest did not come to rest within {seconds} seconds"),
    "hash-unavailable": N_("the restore point uses a hash that is not installed (number {algorithm})"),
    "bad-name": N_("'{name}' cannot be part of a file name"),
    "point-exists": N_("{path} exists already"),
    "point-busy": N_("another run is writing {path}"),
    "repository-busy": N_("another run is working here (it holds {path}); try again when it has ended"),
    "catalogue-unusable": N_(
        "{path} is not used: {flaw}; no restore needs it, and `vbtui rescan` writes a new one from the files"
    ),
    "no-space": N_("{path} has not enough room ({needed} needed, {free} free); nothing was begun"),
    "unknown-point": N_("there is no restore point '{point}'"),
    "unknown-disk": N_("restore point '{point}' has no disk '{disk}'"),
    "outside-disk": N_("disk '{disk}' has {size} bytes; it has no {length} bytes from byte {offset} on"),
    "point-incomplete": N_("restore point '{point}' is not complete (disk {disk}, block {block}: {reason})"),
    "writer-closed": N_("restore point '{point}' is closed already"),
    "output-exists": N_("{path} exists already; nothing was overwritten"),
    "damaged-point": N_("{path} cannot be used as a restore point: its {part} is damaged"),
    "broken-chain": N_("restore point '{asked}' cannot be used: the parent '{parent}' of '{point}' {reason}"),
    "nothing-built-on": N_("no restore point builds on '{point}': there is nothing to merge it into"),
    "chain-too-long": N_("nothing more can be built on restore point '{point}': its chain has {points} points already"),
    "damaged-blocks": N_("nothing was restored from '{point}'; damaged blocks: {blocks}"),
    "bad-vmdk": N_("{path}, byte {offset}: {part} of this VMDK cannot be used (expected {expected}, found {found})"),
    "bad-descriptor": N_("{path}:{line}: {part} of this VMDK cannot be used (expected {expected}, found {found})"),
    "outside-folder": N_("{path}:{line}: the VMDK names a file outside the folder {folder}: {name}"),
    "missing-file": N_("{path}:{line}: the VMDK names a file that is not there: {name}"),
    "parent-loop": N_("{path}: the chain of parents comes back to {parent}"),
    "parent-changed": N_(
        "{path}: its parent {parent} was changed after it (expected content id {expected}, found {found})"
    ),
    "no-access": N_("{path}: the descriptor closes the disk's range from byte {offset} on ({found})"),
    "not-writable": N_("{path} can only be read ({found})"),
    "image-full": N_("{path} cannot grow any more: a sparse VMDK ends at 2 TiB"),
}
"""By `EngineError.code`. Fields are those of the exception."""

RUN_FAILURES: Final[Mapping[str, str]] = {
    "blocked": N_("the firewall rules do not allow a connection"),
    "not-listening": N_("nothing listens at the other end of a connection"),
    "network-closed": N_("the run's network is closed"),
    "peer-lost": N_("the other data mover went away"),
    "protocol": N_("the other side broke the protocol"),
    "refused-by-server": N_("the server refuses a disk"),
    "cancelled": N_("interrupted"),
    "bad-image": N_("a disk image is not usable"),
    "wrong-size": N_("the disk in this image has another size than the topology says"),
    "image-busy": N_("a disk image is open for writing already"),
    "leftover-redo-log": N_("redo logs of an interrupted snapshot lie beside a disk image"),
    "still-attached": N_("a disk of the snapshot is still attached"),
    "no-free-slot": N_("a proxy has no free target on its virtual SCSI controllers"),
    "guest-failed": N_("the guest's own writing has failed"),
    "guest-stalled": N_("the guest did not come to rest in time"),
    "hash-unavailable": N_("a hash is not installed"),
    "point-exists": N_("the restore point exists already"),
    "point-busy": N_("another run is writing the restore point"),
    "point-incomplete": N_("the restore point is not complete"),
    "broken-chain": N_("a restore point's parent cannot be used"),
    "chain-too-long": N_("the chain of restore points is too long"),
    "repository-busy": N_("another run is working on the restore points of the VM"),
    "no-space": N_("the repository has not enough room"),
    "catalogue-unusable": N_("the catalogue of the repository is not used"),
}
"""The same where only the code is known, as in a run log."""

DAMAGES: Final[Mapping[str, str]] = {
    "file": N_("file"),
    "header": N_("header"),
    "footer": N_("footer"),
    "structure": N_("structure"),
    "name": N_("file name (not that of the restore point in it)"),
    "index": N_("index"),
    "metadata": N_("description"),
    "record": N_("block record"),
    "payload": N_("block data"),
    "hash": N_("block content"),
    "reference": N_("reference to another block"),
}
"""Parts of a restore point that may be damaged, by `engine.Damage`."""

CHAIN_FAULTS: Final[Mapping[str, str]] = {
    "missing": N_("is missing"),
    "wrong": N_("is another restore point than the one it was made on"),
    "damaged": N_("is damaged"),
    "loop": N_("leads back to it, or the chain is too long"),
}
"""Why a parent cannot be used, by `engine.ChainFault`."""

CATALOGUE_FLAWS: Final[Mapping[str, str]] = {
    "catalogue.foreign": N_("it is not a catalogue of vbtui"),
    "catalogue.newer": N_("it was written by a later version of vbtui"),
    "catalogue.damaged": N_("it is damaged"),
    "catalogue.unreadable": N_("the operating system does not let it be used"),
}
"""Why a catalogue is not used, by `engine.repository.catalogue.database.Flaw`."""

LOSSES: Final[Mapping[str, str]] = {
    "closed": N_("the connection was closed"),
    "timeout": N_("there was no answer in time"),
}
"""How a connection ended, by the reason of `engine.PeerLost`."""

VMDK_PARTS: Final[Mapping[str, str]] = {
    "vmdk.header": N_("the header"),
    "vmdk.magic": N_("the magic number"),
    "vmdk.version": N_("the version"),
    "vmdk.line-ends": N_("the test for a transfer as text"),
    "vmdk.capacity": N_("the size of the disk"),
    "vmdk.grain-size": N_("the size of a grain"),
    "vmdk.table-size": N_("the size of a grain table"),
    "vmdk.compression": N_("the compression"),
    "vmdk.footer": N_("the footer"),
    "vmdk.directory": N_("the grain directory"),
    "vmdk.table": N_("the place of a grain table"),
    "vmdk.grain": N_("the place of a grain"),
    "vmdk.marker": N_("the marker of a grain"),
    "vmdk.deflate": N_("the content of a compressed grain"),
    "vmdk.descriptor": N_("the descriptor"),
    "vmdk.encoding": N_("the character encoding"),
    "vmdk.key": N_("a setting"),
    "vmdk.content-id": N_("the content id"),
    "vmdk.create-type": N_("the type"),
    "vmdk.extent": N_("an extent"),
    "vmdk.extent-file": N_("the file of an extent"),
    "vmdk.parent": N_("the name of the parent"),
    "vmdk.chain": N_("the length of the chain of parents"),
}
"""Parts of a VMDK, by `engine.disk.vmdk.Part`."""

RUN_LOGS: Final[Mapping[str, str]] = {
    "run-log.too-large": N_("the run log is too large ({found} bytes)"),
    "run-log.empty": N_("the run log is empty"),
    "run-log.line-too-long": N_("the line is too long ({found} bytes)"),
    "run-log.not-json": N_("this is not JSON"),
    "run-log.not-an-object": N_("expected a JSON object, found {found}"),
    "run-log.not-a-run-log": N_("this file is not a run log"),
    "run-log.other-version": N_("this run log is of another version ({found})"),
    "run-log.bad-field": N_("the field '{found}' is missing or wrong"),
    "run-log.unknown-kind": N_("unknown kind of record '{found}'"),
}


_BYTES: Final = ("needed", "free")
"""Fields that count bytes."""


def engine_failure(translator: Translator, error: Exception) -> str:
    """The sentence of an engine's exception; its own text where its code is unknown."""
    template = FAILURES.get(getattr(error, "code", ""))
    if template is None:
        return printable(error)
    names = getattr(type(error), "__dataclass_fields__", {})
    fields = {name: _field(translator, getattr(error, name)) for name in names}
    if "reason" in names and "asked" in names:
        fields["reason"] = chain_fault_text(translator, error.reason)  # type: ignore[attr-defined]
    fields |= {name: size(translator, getattr(error, name)) for name in _BYTES if name in names}
    return translator(template).format(**fields)


def run_failure(translator: Translator, code: str, file: str | None = None) -> str:
    """What ended a run or a copy early: the code that `RunProgress.error` and run logs keep, the file it is about."""
    if file is not None:
        return f"{printable(file)}: {run_failure(translator, code)}"
    room, _, name = code.partition(".")
    if room == "os":
        return printable(os.strerror(int(name))) if name.isascii() and name.isdecimal() else printable(name)
    if code == _DEFECT:
        return translator(N_("a defect in vbtui; please report it"))
    return translator(RUN_FAILURES[name]) if name in RUN_FAILURES else printable(code)


_DEFECT: Final = "run.defect"
"""What a run keeps when it ended by a fault of our own."""


def _field(translator: Translator, value: object) -> str:
    if hasattr(value, "source") and hasattr(value, "destination") and hasattr(value, "service"):
        return f"{printable(value.source)} → {printable(value.destination)} {value.service}"
    if isinstance(value, tuple):
        if value and hasattr(value[0], "block"):
            return translator.number(len(value))
        return ", ".join(printable(one) for one in value)
    parts = next((table for table in (VMDK_PARTS, CATALOGUE_FLAWS, LOSSES) if str(value) in table), DAMAGES)
    if str(value) in parts and not isinstance(value, os.PathLike):
        return translator(parts[str(value)])
    return printable(value)


def damage_text(translator: Translator, damage: str) -> str:
    """The part of a restore point that is damaged."""
    return translator(DAMAGES.get(damage, damage))


def chain_fault_text(translator: Translator, reason: str) -> str:
    """Why a parent cannot be used: the end of a sentence that begins with it."""
    return translator(CHAIN_FAULTS.get(reason, reason))


def run_log_problem(translator: Translator, error: BadRunLog, file: object) -> str:
    """`FILE:LINE: sentence`."""
    text = translator(RUN_LOGS.get(error.code, error.code)).format(found=printable(error.found))
    return f"{printable(file)}:{error.line}: {text}" if error.line else f"{printable(file)}: {text}"


OBSERVATIONS: Final[Mapping[str, str]] = {
    "unreadable": N_("the file cannot be read ({found})"),
    "too-large": N_("the file is larger than {found} bytes"),
    "not-json": N_("this is no JSON document, or only a part of one"),
    "not-observations": N_("this is not what `probe --save` wrote"),
    "other-version": N_("written by another version of vbtui (found {found})"),
    "bad-value": N_("this value cannot be read (found {found})"),
}


def observations_problem(translator: Translator, error: BadObservationsError) -> str:
    """`FILE:PLACE: sentence`; the place is a line and column, or a path inside the document."""
    text = translator(OBSERVATIONS.get(error.code, error.code)).format(found=printable(error.found))
    place = f":{error.place}" if error.place else ""
    return f"{printable(error.file)}{place}: {text}"


def system_failure(translator: Translator, error: OSError) -> str:
    """The operating system's own words, with the file that they are about."""
    reason = error.strerror or type(error).__name__
    text = translator(N_("the operating system says: {reason}")).format(reason=printable(reason))
    return f"{printable(error.filename)}: {text}" if error.filename else text
