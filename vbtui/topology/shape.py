"""From plain data to the model, with every fault of shape named.

Decided here: which of our problem codes stands for which pydantic error, and what can still be checked when a part of
the file is malformed. In: the data of a file. Out: a `Topology` of the sound parts, and the faults of the others.
Never here: whether references resolve (that is in `checks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vbtui.topology.fields import FROM_FILE, NAME_PATTERN, meant_service
from vbtui.topology.firewalls import meant_side
from vbtui.topology.model import Job, Node, Topology, Zone
from vbtui.topology.problems import DataPath, Finding, ProblemCode, visible
from vbtui.topology.yaml_events import UNREADABLE

SECTIONS: Final = ("zones", "datastores", "nodes", "vms", "firewalls", "paths", "throttling", "jobs")
"""Top-level lists. A malformed item is left out and the rest is still checked."""

GROUPS: Final = ("services", "networks")
"""Top-level mappings from a name to its members. One malformed member leaves the whole mapping out."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What came of the data: the topology of the sound parts (None if too little is left), and the faults."""

    topology: Topology | None
    faults: tuple[Finding, ...]
    kept: dict[str, tuple[int, ...]]
    """For each section the indices in the file of the items that `topology` holds."""
    left_out: frozenset[str]
    """Names of parts that are in the file but malformed: a reference to one of them is no second fault."""
    lost: frozenset[str] = frozenset()
    """Sections of which nothing could be read: a reference to any part of them is no second fault."""

    def in_file(self, path: DataPath) -> DataPath:
        """A path in `topology` as a path in the file."""
        match path:
            case (str(section), int(index), *rest) if section in self.kept:
                return (section, self.kept[section][index], *rest)
        return path


class _SoundParts(Topology):
    """A topology of which anything may be missing, for checks among the parts that are left."""

    version: Literal[1] = 1
    name: str = "unnamed"
    zones: tuple[Zone, ...] = ()
    nodes: tuple[Node, ...] = ()
    jobs: tuple[Job, ...] = ()


def shape(data: dict[str, Any]) -> Shaped:
    """Build the model from a file's data. Never raises for anything in the data."""
    whole = {section: tuple(range(len(items))) for section in SECTIONS if isinstance(items := data.get(section), list)}
    try:
        return Shaped(Topology.model_validate(data, context={FROM_FILE: True}), (), whole, frozenset())
    except ValidationError as error:
        details = error.errors(include_url=False)
    sound, kept, left_out = _sound_parts(data, {path for detail in details if (path := _data_path(detail, data))})
    try:
        topology: Topology | None = _SoundParts.model_validate(sound, context={FROM_FILE: True})
    except ValidationError:
        topology = None
    return Shaped(topology, _distinct(details, data, Topology), kept, left_out, _lost(data))


def _lost(data: dict[str, Any]) -> frozenset[str]:
    """Sections that stand in the file as something else, or do not stand there although they must."""
    lost = {section for section in SECTIONS if section in data and not isinstance(data[section], list)}
    lost |= {section for section in SECTIONS if section not in data and Topology.model_fields[section].is_required()}
    return frozenset(lost | {section for section in GROUPS if not isinstance(data.get(section, {}), dict)})


def _distinct(details: list[ErrorDetails], data: dict[str, Any], model: type[BaseModel]) -> tuple[Finding, ...]:
    """Once each: the branches of a union say the same again. Keys that one mapping misses are told apart by the key."""
    found = {
        (fault.code, fault.path, fault.params if fault.code is ProblemCode.MISSING_KEY else ()): fault
        for detail in details
        for fault in _fault(detail, data, model)
    }
    return tuple(found.values())


def _sound_parts(
    data: dict[str, Any], bad: set[DataPath]
) -> tuple[dict[str, Any], dict[str, tuple[int, ...]], frozenset[str]]:
    """The data without the parts that hold a fault, the indices that stay, and the names that went."""
    bad_items = {path[:2] for path in bad if len(path) >= 2}
    bad_keys = {path[0] for path in bad if len(path) == 1 or path[0] not in SECTIONS}
    sound: dict[str, Any] = {key: value for key, value in data.items() if key not in bad_keys}
    kept: dict[str, tuple[int, ...]] = {}
    left_out: set[str] = set()
    for section in SECTIONS:
        if not isinstance(items := data.get(section), list):
            continue
        kept[section] = tuple(index for index in range(len(items)) if (section, index) not in bad_items)
        for index in sorted(set(range(len(items))) - set(kept[section])):
            name = items[index].get("name") if isinstance(items[index], dict) else None
            left_out |= {name} if isinstance(name, str) else set()
        if section in sound:
            sound[section] = [items[index] for index in kept[section]]
    for section in GROUPS:
        if section in bad_keys and isinstance(groups := data.get(section), dict):
            left_out |= {name for name in groups if isinstance(name, str)}
    return sound, kept, frozenset(left_out)


_TYPES: Final = {
    "string_type": "text",
    "int_type": "integer",
    "int_from_float": "integer",
    "float_type": "number",
    "bool_type": "boolean",
    "tuple_type": "list",
    "list_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
}
# every bound of the model is a whole number
_BOUNDS: Final = {"greater_than_equal": (">=", "ge"), "less_than_equal": ("<=", "le")}
_COUNTS: Final = {
    "too_short": (ProblemCode.TOO_FEW, "min_length"),
    "too_long": (ProblemCode.TOO_MANY, "max_length"),
    "string_too_long": (ProblemCode.TOO_MANY, "max_length"),
}
_OWN: Final = frozenset(ProblemCode)
_GUEST: Final = "guest"
"""A role that every VM has and no file writes; see vocabulary.Role."""


def faults_of(error: ValidationError, data: dict[str, Any], model: type[BaseModel]) -> tuple[Finding, ...]:
    """What a model of ours refuses in the data of a file."""
    return _distinct(error.errors(include_url=False), data, model)


def _fault(detail: ErrorDetails, data: dict[str, Any], model: type[BaseModel]) -> Iterator[Finding]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    path = _data_path(detail, data)
    if value is UNREADABLE:  # an alias, reported already
        return
    found = ("found", len(value) if isinstance(value, list | dict) else visible(value))
    word = (("found_type", type_word(value)),) if isinstance(value, list | dict) else ()
    expected = context.get("expected")
    at_key = detail["loc"][-1:] == ("[key]",)
    match kind:
        case "extra_forbidden":
            key = str(path[-1])
            yield Finding(
                ProblemCode.UNKNOWN_KEY, path, (("found", visible(key)),), _keys(path[:-1], model), at_key=True
            )
        case "missing":
            yield Finding(ProblemCode.MISSING_KEY, path, (("expected", str(detail["loc"][-1])),))
        case "enum" | "literal_error" if isinstance(value, str | int | float) or value is None:
            words = [word for word in re.findall(r"[\w.-]+", str(expected)) if word not in ("or", _GUEST)]
            yield Finding(ProblemCode.BAD_VALUE, path, (found, ("expected", ", ".join(words))), tuple(words))
        case "string_pattern_mismatch":
            yield Finding(ProblemCode.BAD_NAME, path, (found, ("expected", NAME_PATTERN)), at_key=at_key)
        case "greater_than_equal" | "less_than_equal":
            sign, bound = _BOUNDS[kind]
            yield Finding(ProblemCode.OUT_OF_RANGE, path, (found, ("expected", f"{sign} {int(context[bound])}")))
        case "finite_number":
            yield Finding(ProblemCode.OUT_OF_RANGE, path, (found, ("expected", "< .inf")))
        case "too_short" | "too_long" | "string_too_long":
            code, bound = _COUNTS[kind]
            limit, length = context[bound], len(value)
            # pydantic counts sound items, so a list of one malformed name is also "too short"
            if code is ProblemCode.TOO_MANY or length < limit:
                yield Finding(code, path, (("found", length), ("expected", limit)))
        case _ if kind in _OWN and kind != ProblemCode.WRONG_TYPE:
            near = (("suggestion", str(context["suggestion"])),) if "suggestion" in context else ()
            yield Finding(ProblemCode(kind), path, (found, *word, ("expected", str(expected)), *near), at_key=at_key)
        case _ if (wanted := _TYPES.get(kind) or (expected if kind == ProblemCode.WRONG_TYPE else None)) is not None:
            meant = None
            if "services" in path:
                meant = meant_service(value)
            elif "rules" in path and path[-1] in ("source", "destination"):
                # A side is one mapping or a list of them.
                wanted, meant = "mapping", meant_side(value)
            near = (("suggestion", meant),) if meant else ()
            params = (("expected", wanted), ("found_type", type_word(value)), found, *near)
            yield Finding(ProblemCode.WRONG_TYPE, path, params)
        case _:
            yield Finding(ProblemCode.BAD_VALUE, path, (found, *word))


def type_word(value: object) -> str:
    """What kind of YAML value this is: text, integer, number, boolean, list, mapping or nothing."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "text"
        case list() | tuple():
            return "list"
        case _:
            return "mapping"


def _data_path(detail: ErrorDetails, data: Any) -> DataPath:
    """The part of a pydantic location that the file has: without union tags and indices that validators added.

    For a missing key it is the mapping that should have it.
    """
    path: list[str | int] = []
    for step in detail["loc"]:
        has = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int)
        if has:
            data = data[step]
            path.append(step)
    return tuple(path)


def _keys(path: DataPath, whole: type[BaseModel]) -> tuple[str, ...]:
    """The keys that the mapping at `path` of a file of the model `whole` may have."""
    model: type[BaseModel] | None = whole
    for step in path:
        if isinstance(step, str) and model is not None:
            model = _field_models(model).get(step)
    return () if model is None else tuple(_field_models(model))


@cache
def _field_models(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    return {field.alias or name: _model_in(field.annotation) for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
