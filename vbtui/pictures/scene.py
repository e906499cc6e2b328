"""A scene: a topology, how it is opened, and steps to the moments that are worth a picture.

Decided here: what a scene file may say. It is YAML, read as strictly as a topology file (`topology.loading`), so every
problem has its line, all are told at once, and a file made to break a reader breaks nothing. In: a path. Out: a
`Scene`. Never here: whether an event or a job exists (`playing` asks the topology), how anything looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from vbtui.topology import DataPath, Places, Problem, ProblemCode, TopologyError, json_schema_of
from vbtui.topology.fields import NAME_PATTERN, Flag, Name, Text
from vbtui.topology.loading import file_text, load_part
from vbtui.topology.part import Part
from vbtui.topology.problems import Param, readable, suggestion, visible
from vbtui.topology.yaml_events import read_document
from vbtui.trace import Event, EventKind
from vbtui.vocabulary import Outcome, Profile, StepId

MOST_SHOTS: Final = 200
"""Pictures of one scene; a longer list is a mistake or a bomb."""
LARGEST: Final = (400, 200)
"""Columns and rows: an 8K screen with a small font."""

LEAST: Final = (60, 20)
"""Columns and rows below which the app shows only that there is no room: `ui.measures.LEAST`, repeated so that reading
a scene does not load the screens; a test compares them."""


class Theme(StrEnum):
    DARK = "dark"
    LIGHT = "light"


class SceneError(TopologyError):
    """A scene cannot be played. `problems` are like those of a topology file, with file, line and column."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells; written `80x24`."""

    columns: int
    rows: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows}"

    @property
    def has_room(self) -> bool:
        """The app shows more than that there is no room."""
        return self.columns >= LEAST[0] and self.rows >= LEAST[1]

    @classmethod
    def parse(cls, text: str) -> Size:
        """Raises ValueError unless it is `COLUMNSxROWS` from 1x1 to 400x200."""
        match = re.fullmatch(r"([1-9][0-9]{0,2})x([1-9][0-9]{0,2})", text, re.ASCII)
        if match is None or int(match[1]) > LARGEST[0] or int(match[2]) > LARGEST[1]:
            raise ValueError(text)
        return cls(int(match[1]), int(match[2]))


def _refused(code: ProblemCode, expected: str) -> PydanticCustomError:
    return PydanticCustomError(code.value, "{expected}", {"expected": expected})


def _size(value: Any) -> Any:
    try:
        return value if isinstance(value, Size) else Size.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise _refused(ProblemCode.BAD_SIZE, "80x24") from None


def _in_a_list(value: Any) -> Any:
    """One of something for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


_AS_STEP: Final = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)


def _place(value: Any) -> Any:
    """`go: ID`, `go: 47` and `go: 5.3` for the mappings that they are short for. A number without a point is that of an
    event, as everywhere (`walk.find.event_at`)."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    text = str(value)
    return {"step" if _AS_STEP.fullmatch(text) else "event": text}


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


SizeField = Annotated[
    Size,
    BeforeValidator(_size),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^[1-9][0-9]{0,2}x[1-9][0-9]{0,2}$", "examples": ["80x24"]}),
]
StepField = Annotated[StepId, BeforeValidator(_as_text)]


class Place(Part):
    """A moment of the walk: its first event of which everything that is said here holds."""

    event: Annotated[Text, BeforeValidator(_as_text)] | None = None
    """The id, as `play --json` prints it, or the number from 1."""
    step: StepField | None = None
    kind: EventKind | None = None
    code: Text | None = None
    outcome: Outcome | None = None
    vm: Name | None = None
    disk: Name | None = None
    source: Name | None = None
    """Node or VM."""
    destination: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _something(cls, data: Any) -> Any:
        if isinstance(data, dict) and all(value is None for value in data.values()):
            raise _refused(ProblemCode.TOO_FEW, "1")
        return data

    def fits(self, event: Event) -> bool:
        """Everything that is said of the event holds, whatever it is called."""
        ends = (("source", event.source), ("destination", event.destination))
        return (
            self.step in (None, event.step)
            and self.kind in (None, event.kind)
            and self.code in (None, event.code)
            and self.outcome in (None, event.outcome)
            and self.vm in (None, event.vm)
            and self.disk in (None, event.disk)
            and all(getattr(self, key) in (None, end.node if end else "") for key, end in ends)
        )


Screen = Literal["walkthrough", "firewall", "data"]
Keys = Annotated[tuple[Text, ...], BeforeValidator(_in_a_list), Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(ge=0, le=3600, strict=True)]


class Step(Part):
    """One thing that is done. Exactly one of these."""

    go: Annotated[Place, BeforeValidator(_place)] | None = None
    """Put the playhead at rest on an event: by its id or number, by a step such as 5.3, or by what is known of it."""
    press: Keys | None = None
    """Press keys one after the other, by Textual's names: `right`, `f2`, `ctrl+p`, `a`."""
    type: Text | None = None
    """Type a text, letter by letter."""
    wait: Seconds | None = None
    """Let seconds pass. Time stands still otherwise, so a movement is caught at the same place every time."""
    screen: Screen | None = None
    """Go to a screen, as its key F1, F2 or F3 does."""
    resize: SizeField | None = None
    """Of any size, also one that has no room for the app."""
    shot: Name | None = None
    """Take a picture. Its name is the file's, without suffix."""

    @model_validator(mode="before")
    @classmethod
    def _one_thing(cls, data: Any) -> Any:
        if isinstance(data, dict):
            if sum(key in cls.model_fields for key in data) > 1:
                raise _refused(ProblemCode.TOO_MANY, "1")
            if all(value is None for value in data.values()):
                raise _refused(ProblemCode.TOO_FEW, "1")
        return data


class Scene(Part):
    """What a scene file says."""

    topology: Text
    """The name of a shipped topology, or a path from the scene's folder."""
    description: Text = ""
    job: Name | None = None
    """The first of the topology without."""
    profile: Profile | None = None
    language: Literal["en", "de"] = "en"
    size: Annotated[tuple[SizeField, ...], BeforeValidator(_in_a_list), Field(min_length=1, max_length=20)] = (
        Size(120, 40),
    )
    """One, or several: then every picture is taken at each, and has it in its name."""
    theme: Theme = Theme.DARK
    ascii: Flag = False
    motion: Literal["full", "reduced", "none"] = "full"
    large: Flag = False
    colour: Flag = True
    """Without it: as a terminal shows it under NO_COLOR."""
    incremental: Flag = False
    """Every VM has a restore point already."""
    changes: tuple[Text, ...] = Field(default=(), max_length=100)
    """As `play --change` takes them."""
    run: Text | None = None
    """A saved run log, a path from the scene's folder: its figures lie over the walk."""
    predict: Flag = False
    """Before some events it is asked what comes next."""
    shown: Literal["walkthrough", "firewall", "data", "start"] = "walkthrough"
    """The first screen; `start` is the choice of a topology."""
    steps: tuple[Step, ...] = Field(min_length=1, max_length=2000)

    @property
    def shots(self) -> tuple[tuple[int, str], ...]:
        """Index of the step and name of every picture."""
        return tuple((index, step.shot) for index, step in enumerate(self.steps) if step.shot is not None)


@dataclass(frozen=True, slots=True)
class LoadedScene:
    """A sound scene, its file and where everything stands in it."""

    scene: Scene
    file: Path
    places: Places

    def problem(self, path: DataPath, code: ProblemCode, *params: Param) -> Problem:
        """What is wrong with a value of the file, at its line."""
        line, column = self.places.nearest(path)
        return Problem(self.file, line, column, readable(path), code, params)

    def unknown(self, path: DataPath, kind: str, found: str, known: tuple[str, ...]) -> Problem:
        """There is no such thing; the nearest one is proposed."""
        near = suggestion(found, known)
        params: tuple[Param, ...] = (("kind", kind), ("found", visible(found)))
        more: tuple[Param, ...] = () if near is None else (("suggestion", near),)
        return self.problem(path, ProblemCode.UNKNOWN_REFERENCE, *params, *more)

    def named(self, reference: str) -> Path:
        """The file that a path in the scene means."""
        return self.file.parent / reference


def load_scene(file: Path) -> LoadedScene:
    """Read a scene file. Raises `SceneError` with everything that is wrong with it."""
    try:
        scene, places = load_part(file, Scene)
    except TopologyError as error:
        raise SceneError(error.problems) from None
    loaded = LoadedScene(scene, file, places)
    wrong = []
    for index, size in enumerate(scene.size):
        if not size.has_room:
            at: DataPath = ("size", index) if len(scene.size) > 1 else ("size",)
            limits: tuple[Param, ...] = (("expected", f">= {Size(*LEAST)}"), ("found", str(size)))
            wrong.append(loaded.problem(at, ProblemCode.OUT_OF_RANGE, *limits))
    first: dict[str, int] = {}
    for index, name in scene.shots:
        path: DataPath = ("steps", index, "shot")
        if name.casefold() in first:  # some file systems hold them for the same
            line = places.nearest(("steps", first[name.casefold()], "shot"))[0]
            params: tuple[Param, ...] = (("kind", "shot"), ("found", name), ("first_line", line))
            wrong.append(loaded.problem(path, ProblemCode.DUPLICATE_NAME, *params))
        first.setdefault(name.casefold(), index)
    if not scene.shots:
        wrong.append(loaded.problem(("steps",), ProblemCode.MISSING_KEY, ("expected", "shot")))
    if len(scene.shots) > MOST_SHOTS:
        params = (("expected", MOST_SHOTS), ("found", len(scene.shots)))
        wrong.append(loaded.problem(("steps",), ProblemCode.TOO_MANY, *params))
    if wrong:
        raise SceneError(wrong)
    return loaded


def scene_of(topology: Path) -> LoadedScene:
    """The scene that opens a topology and does nothing, for whoever has no scene file."""
    # As a path from its own folder; a name that the system has is not held against what a scene file may say.
    scene = Scene.model_construct(topology=f"./{topology.name}", steps=())
    return LoadedScene(scene, topology, Places())


def is_scene(file: Path) -> bool:
    """Whether a YAML file is rather a scene than a topology. Raises `TopologyError` for a file that cannot be read."""
    data = read_document(file_text(file)).data
    return isinstance(data, dict) and "steps" in data


def scene_schema() -> dict[str, Any]:
    """The JSON Schema of scene files, for editors: draft 7, the same on every call."""
    schema = json_schema_of(Scene)
    keys: dict[str, Any] = schema["definitions"]["Step"]["properties"]
    keys["go"] = {"anyOf": [{"type": ["string", "number"]}, {"$ref": "#/definitions/Place"}]}
    keys["press"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    keys["wait"] = {"type": "number", "minimum": 0, "maximum": 3600}
    keys["resize"] = size = {"type": "string", "pattern": r"^[1-9][0-9]{0,2}x[1-9][0-9]{0,2}$"}
    keys["shot"] = {"type": "string", "pattern": f"^{NAME_PATTERN}$"}
    schema["definitions"]["Step"] |= {"minProperties": 1, "maxProperties": 1}
    schema["properties"]["size"] = {"anyOf": [size, {"type": "array", "items": size, "minItems": 1}]}
    schema["definitions"]["Place"]["properties"]["event"] = {"type": ["string", "integer"]}
    schema["definitions"]["Place"]["properties"]["step"] = {
        "anyOf": [{"enum": [str(step) for step in StepId]}, {"enum": [float(step) for step in StepId]}]
    }
    return {**schema, "title": "vbtui scene"}
