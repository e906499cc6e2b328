"""The topologies that come with the product.

Decided here: their names and order, and where a TOPOLOGY argument leads. In: a path or a name. Out: a path.
Never here: reading the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vbtui.topology.problems import Problem, ProblemCode, TopologyError, suggestion, visible

_FOLDERS: Final = tuple(Path(__file__).parents[level] / "topologies" for level in (1, 2))
"""Beside the rooms in an installed wheel, beside the package in a checkout."""

_FIRST: Final = "classroom"
_SUFFIX: Final = ".yaml"


def shipped() -> tuple[str, ...]:
    """The names of the shipped topologies: the default one first, then by name."""
    names = sorted(file.stem for file in _folder().glob(f"*{_SUFFIX}"))
    return tuple(sorted(names, key=lambda name: name != _FIRST))


def resolve(reference: str) -> Path:
    """The file of a TOPOLOGY argument: the name of a shipped topology, or a path.

    A name without separator and suffix is a shipped topology first, so that a file of that name in the current folder
    changes nothing; `./classroom` is the file. A path is returned as it is, existing or not, if it looks like one.
    Raises `TopologyError` for a word that is neither.
    """
    names = shipped()
    if reference in names:
        return _folder() / f"{reference}{_SUFFIX}"
    path = Path(reference)
    looks_like_path = path.suffix in (_SUFFIX, ".yml") or len(path.parts) > 1 or reference.startswith((".", "~"))
    if reference and (looks_like_path or _exists(path)):
        return path
    near = suggestion(reference, names)
    params = (("found", visible(reference)), ("known", ", ".join(names)), *((("suggestion", near),) if near else ()))
    raise TopologyError([Problem(path, None, None, "", ProblemCode.UNKNOWN_TOPOLOGY, params)])


def short_name(file: Path) -> str:
    """How a person is told of a topology's file: a shipped one by its name, since it lies deep in the installation."""
    return file.name if file.parent == _folder() else str(file)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _folder() -> Path:
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
