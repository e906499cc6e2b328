"""Reads a topology file: from a path to a checked `Topology`, or to everything that is wrong with it.

Decided here: which files are read at all, the order of the checks, and the place of every problem. In: a path. Out: a
`LoadedTopology`; or a `TopologyError` with all problems of the file at once, in file order.
Never here: any other exception for anything about the file; a write; a look at another file than the named one (image
paths are resolved, images are not opened).
"""

from __future__ import annotations

import errno
import gc
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from vbtui.topology.checks import check
from vbtui.topology.fields import FROM_FILE
from vbtui.topology.model import Topology
from vbtui.topology.part import Part
from vbtui.topology.problems import (
    MAX_PROBLEMS,
    DataPath,
    Finding,
    Param,
    Problem,
    ProblemCode,
    TopologyError,
    readable,
    suggestion,
    visible,
)
from vbtui.topology.shape import faults_of, shape, type_word
from vbtui.topology.yaml_events import UNREADABLE, Document, Fault, Place, Places, read_document

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of a topology file; 10,000 VMs take 2 MB."""

BYTE_ORDER_MARK: Final = "\ufeff"
"""May stand before the text of a file, and is no part of it."""


@dataclass(frozen=True, slots=True)
class LoadedTopology:
    """A topology that passed every check, with its file and the places of its values."""

    topology: Topology
    file: Path
    places: Places
    """Line and column, from 1, of every value by data path, such as `("nodes", 7, "address")`."""


def load(path: Path) -> LoadedTopology:
    """Read and check the topology file at `path`. Raises `TopologyError` and nothing else."""
    return parse(file_text(path).removeprefix(BYTE_ORDER_MARK), path)


def parse(text: str, file: Path) -> LoadedTopology:
    """Check the text of a topology file. `file` names it in problems, and its folder is where images lie.

    Raises `TopologyError`.
    """
    with _collector_paused():
        return _parse(text, file)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing here makes garbage cycles, and the collector would walk a large file's data again and again (a fifth)."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parse(text: str, file: Path) -> LoadedTopology:
    document, report = _mapping(text, file)
    shaped = shape(document.data)
    report.add(shaped.faults)
    # of two equal keys one value is gone, and with it names that others may mean
    complete = all(fault.code is not ProblemCode.DUPLICATE_KEY for fault in document.faults)
    if shaped.topology is not None and complete:
        left_out = shaped.left_out if shaped.faults else None
        report.add(check(shaped.topology, file.parent, left_out=left_out, lost=shaped.lost), shaped.in_file)
    if report or shaped.topology is None:
        raise report.error()
    return LoadedTopology(shaped.topology, file, document.places)


def _mapping(text: str, file: Path) -> tuple[Document, _Report]:
    """The document of a file, which is a mapping, and what is wrong with it so far. Raises `TopologyError`."""
    document = read_document(text)
    report = _Report(file, document.places, document.data)
    report.add_placed(document.faults)
    if not document.whole:
        raise report.error()
    if document.data is None:
        raise TopologyError([Problem(file, None, None, "", ProblemCode.FILE_EMPTY)])
    if not isinstance(document.data, dict):
        if document.data is not UNREADABLE:
            size = len(document.data) if isinstance(document.data, list) else visible(document.data)
            found = (("found_type", type_word(document.data)), ("found", size))
            report.add([Finding(ProblemCode.WRONG_TYPE, (), (("expected", "mapping"), *found))])
        raise report.error()
    return document, report


PartT = TypeVar("PartT", bound=Part)


def load_part(path: Path, model: type[PartT]) -> tuple[PartT, Places]:
    """Another YAML file of ours, such as a scene, read as strictly as a topology: its value and its places.

    Raises `TopologyError` with everything that is wrong with it.
    """
    document, report = _mapping(file_text(path).removeprefix(BYTE_ORDER_MARK), path)
    try:
        part = model.model_validate(document.data, context={FROM_FILE: True})
    except ValidationError as error:
        report.add(faults_of(error, document.data, model))
        raise report.error() from None
    if report:
        raise report.error()
    return part, document.places


class _Report:
    """Collects what is wrong, with places; makes problems of as many as are shown."""

    def __init__(self, file: Path, places: Places, data: Any) -> None:
        self._file = file
        self._places = places
        self._data = data
        self._found: list[tuple[Place, Finding]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, findings: Iterable[Finding], in_file: Callable[[DataPath], DataPath] = lambda path: path) -> None:
        """Add findings whose paths `in_file` turns into paths of the file."""
        for finding in findings:
            path = self._as_written(in_file(finding.path))
            params = finding.params
            if finding.first is not None:
                params = (*params, ("first_line", self._places.nearest(self._as_written(in_file(finding.first)))[0]))
            place = self._places.nearest_key(path) if finding.at_key else self._places.nearest(path)
            self._found.append((place, replace(finding, path=path, params=params)))

    def _as_written(self, path: DataPath) -> DataPath:
        """A path of the model without lists and mappings that the file may leave out, as in `source: {any: true}`."""
        written: list[str | int] = []
        data = self._data
        for step in path:
            if isinstance(data, dict) and isinstance(step, int):
                continue
            if isinstance(data, str | int | float):
                break
            written.append(step)
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):  # a key that should be there
                data = None
        return tuple(written)

    def add_placed(self, faults: Iterable[Fault]) -> None:
        self._found.extend((fault.place, Finding(fault.code, fault.path, fault.params)) for fault in faults)

    def error(self) -> TopologyError:
        ordered = sorted(self._found, key=lambda found: found[0])
        problems = [self._problem(place, finding) for place, finding in ordered[:MAX_PROBLEMS]]
        if (rest := len(ordered) - MAX_PROBLEMS) > 0:
            problems.append(Problem(self._file, None, None, "", ProblemCode.MORE, (("count", rest),)))
        return TopologyError(problems)

    def _problem(self, place: Place, finding: Finding) -> Problem:
        params = list(finding.params)
        if finding.known and (near := suggestion(dict(params).get("found"), finding.known)) is not None:
            params.append(("suggestion", near))
        if name := self._object(finding.path):
            params.append(("object", name))
        return Problem(self._file, *place, readable(finding.path), finding.code, tuple(params))

    def _object(self, path: DataPath) -> str:
        """The name of the innermost named part around the value, such as the rule or the node."""
        name, data = "", self._data
        for step in path:
            try:
                data = data[step]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(data, dict) and isinstance(found := data.get("name"), str):
                name = found
        return visible(name)


def file_text(path: Path, *, limit: int = MAX_BYTES) -> str:
    """The file as text, a byte order mark and the line ends as they are; at most `limit` bytes.

    Raises `TopologyError` for anything that is not a readable UTF-8 text file.
    """

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
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise wrong(ProblemCode.FILE_MISSING) from None
    except ValueError:  # a NUL in the path
        raise wrong(ProblemCode.FILE_MISSING) from None
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise wrong(ProblemCode.FILE_UNREADABLE, ("reason", reason)) from None
    if len(data) > limit:
        raise wrong(ProblemCode.FILE_TOO_LARGE, ("limit", limit))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        raise wrong(
            ProblemCode.FILE_NOT_TEXT, ("found", f"\\x{data[error.start]:02x}"), place=_end_of(before)
        ) from None
    if (bad := _NOT_TEXT.search(text)) is not None:
        before = text[: bad.start()].removeprefix(BYTE_ORDER_MARK)
        raise wrong(ProblemCode.FILE_NOT_TEXT, ("found", visible(bad.group())), place=_end_of(before))
    if not text.removeprefix(BYTE_ORDER_MARK).strip():
        raise wrong(ProblemCode.FILE_EMPTY)
    return text


_NOT_TEXT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside the printable set of YAML 1.2.2, section 5.1."""


def _end_of(text: str) -> Place:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
