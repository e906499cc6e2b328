"""Reads a topology file: from a path to a checked `Topology`, or to everything that is wrong with it.

Decided here: which files are read at all, the order of the checks, and the place of every problem. In: a path. Out: a
`LoadedTopology`; or a `TopologyError` with all problems of the file at once, in file order.
Never here: any other exception for anything about the file; a write; a look at another file than the named one (image
paths are resolved, images are not opened).
"""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vbtui.topology.checks import Finding, check
from vbtui.topology.model import Topology
from vbtui.topology.problems import (
    MAX_PROBLEMS,
    DataPath,
    Param,
    Problem,
    ProblemCode,
    TopologyError,
    readable,
    visible,
)
from vbtui.topology.shape import ShapeFault, shape, type_word
from vbtui.topology.yaml_events import UNREADABLE, Fault, Place, Places, read_document

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a topology file; 10,000 VMs take 2 MB."""


@dataclass(frozen=True, slots=True)
class LoadedTopology:
    """A topology that passed every check, with its file and the places of its values."""

    topology: Topology
    file: Path
    places: Places
    """Line and column, from 1, of every value by data path, such as `("nodes", 7, "address")`."""


def load(path: Path) -> LoadedTopology:
    """Read and check the topology file at `path`. Raises `TopologyError` and nothing else."""
    return parse(_text(path), path)


def parse(text: str, file: Path) -> LoadedTopology:
    """Check the text of a topology file. `file` names it in problems, and its folder is where images lie.

    Raises `TopologyError`.
    """
    document = read_document(text)
    report = _Report(file, document.places, document.data)
    report.yaml(document.faults)
    if not document.whole:
        raise report.error()
    if document.data is None:
        raise TopologyError([Problem(file, None, None, "", ProblemCode.FILE_EMPTY)])
    if not isinstance(document.data, dict):
        if document.data is not UNREADABLE:
            report.not_a_mapping()
        raise report.error()
    shaped = shape(document.data)
    report.shape(shaped.faults)
    if shaped.topology is not None:
        findings = check(shaped.topology, file.parent, left_out=shaped.left_out, whole=not shaped.faults)
        report.checks(findings, shaped.in_file)
    if report.problems or shaped.topology is None:
        raise report.error()
    return LoadedTopology(shaped.topology, file, document.places)


class _Report:
    """Collects problems and gives each its place."""

    def __init__(self, file: Path, places: Places, data: Any) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._places = places
        self._data = data

    def yaml(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self._add(fault.place, fault.path, fault.code, fault.params)

    def not_a_mapping(self) -> None:
        params = (("expected", "mapping"), ("found_type", type_word(self._data)), ("found", visible(self._data)))
        self._add(self._places[()], (), ProblemCode.WRONG_TYPE, params)

    def shape(self, faults: Iterable[ShapeFault]) -> None:
        for fault in faults:
            place = self._key(fault.path) if fault.at_key else self._places.nearest(fault.path)
            self._add(place, fault.path, fault.code, fault.params)

    def checks(self, findings: Iterable[Finding], in_file: Any) -> None:
        for finding in findings:
            path = in_file(finding.path)
            place = self._key(path) if finding.at_key else self._places.nearest(path)
            params = finding.params
            if finding.first is not None:
                params = (*params, ("first_line", self._places.nearest(in_file(finding.first))[0]))
            self._add(place, path, finding.code, params)

    def _key(self, path: DataPath) -> Place:
        try:
            return self._places.key(path)
        except KeyError:
            return self._places.nearest(path)

    def _add(self, place: Place, path: DataPath, code: ProblemCode, params: tuple[Param, ...]) -> None:
        name = self._object(path)
        named = (*params, ("object", name)) if name else params
        self.problems.append(Problem(self._file, *place, readable(path), code, named))

    def _object(self, path: DataPath) -> str:
        """The name of the innermost part around the value that has one, itself excluded."""
        name, data = "", self._data
        for step in path:
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(data, dict) and isinstance(found := data.get("name"), str):
                name = found
        return visible(name)

    def error(self) -> TopologyError:
        ordered = sorted(self.problems, key=lambda p: (p.line or 0, p.column or 0))
        rest = len(ordered) - MAX_PROBLEMS
        if rest > 0:
            more = Problem(self._file, None, None, "", ProblemCode.MORE, (("count", rest),))
            ordered = [*ordered[:MAX_PROBLEMS], more]
        return TopologyError(ordered)


def _text(path: Path) -> str:
    """The file as text. Raises `TopologyError` for anything that is not a readable UTF-8 text file."""

    def wrong(code: ProblemCode, *params: Param, place: tuple[int, int] | None = None) -> TopologyError:
        line, column = place or (None, None)
        return TopologyError([Problem(path, line, column, "", code, params)])

    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise wrong(ProblemCode.FILE_IS_DIRECTORY)
        if not stat.S_ISREG(mode):  # a pipe or device could block or never end
            raise wrong(ProblemCode.FILE_NOT_REGULAR)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise wrong(ProblemCode.FILE_MISSING) from None
    except ValueError:  # a NUL in the path
        raise wrong(ProblemCode.FILE_MISSING) from None
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise wrong(ProblemCode.FILE_UNREADABLE, ("reason", reason)) from None
    if len(data) > MAX_BYTES:
        raise wrong(ProblemCode.FILE_TOO_LARGE, ("limit", MAX_BYTES))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise wrong(
            ProblemCode.FILE_NOT_TEXT, ("found", f"\\x{data[error.start]:02x}"), place=_end_of(before)
        ) from None
    if (bad := _NOT_TEXT.search(text)) is not None:
        raise wrong(ProblemCode.FILE_NOT_TEXT, ("found", visible(bad.group())), place=_end_of(text[: bad.start()]))
    if not text.strip():
        raise wrong(ProblemCode.FILE_EMPTY)
    return text


_NOT_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the printable set of YAML 1.2.2, section 5.1."""


def _end_of(text: str) -> Place:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
