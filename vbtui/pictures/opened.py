"""From a scene to what the app is opened with.

Decided here: what the words of a scene name: a topology, a job, changes, a saved run. In: a sound scene. Out: an
`Opening`, or `SceneError` with everything that does not exist, at its line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vbtui.job import RunLog, read_run_log
from vbtui.pictures.scene import LoadedScene, SceneError, Theme
from vbtui.topology import LoadedTopology, Problem, ProblemCode, TopologyError, load, resolve, shipped
from vbtui.topology.problems import visible
from vbtui.trace import Trace
from vbtui.ui import Looks, Motion, Opening, Shown
from vbtui.vocabulary import Profile
from vbtui.walk.find import NoEventError, bound
from vbtui.workflow import Change, History, UnknownChangeError, simulate


@dataclass(frozen=True, slots=True)
class Opened:
    """What the app is opened with, and the walk that it will show."""

    opening: Opening
    trace: Trace


def opened(scene: LoadedScene) -> Opened:
    """Raises `SceneError`, `TopologyError` for the topology's file, and `BadRunLog` or OSError for the run's."""
    said = scene.scene
    topology = _topology(scene)
    log = _run_log(scene, topology)
    changes, job, profile = said.changes, said.job, said.profile
    history = History.of_every_vm(topology.topology) if said.incremental else None
    if log is not None:  # the walk is the one that was performed
        changes, job, profile, history = log.changes, log.job, Profile(log.profile), History(frozenset(log.history))
    known = tuple(one.name for one in topology.topology.jobs)
    if job is not None and job not in known:
        raise SceneError([scene.unknown(("job",), "job", job, known)])
    opening = Opening(
        topology,
        job,
        profile=profile,
        language=said.language,
        history=history,
        run_log=log,
        predict=said.predict,
        shown=Shown(said.shown),
        looks=Looks(
            ascii=said.ascii,
            light=said.theme is Theme.LIGHT,
            motion=Motion(said.motion),
            large=said.large,
        ),
    )
    opening = replace(opening, changes=_bound(scene, opening, _changes(scene, changes)))
    return Opened(opening, _walked(scene, opening, opening.changes))


def _topology(scene: LoadedScene) -> LoadedTopology:
    reference = scene.scene.topology
    if reference in shipped():
        return load(resolve(reference))
    try:
        path = resolve(reference)
    except TopologyError as error:
        wrong = error.problems[0]
        raise SceneError([scene.problem(("topology",), wrong.code, *wrong.params)]) from None
    file = scene.named(str(path))
    if not file.exists():
        raise SceneError([scene.problem(("topology",), ProblemCode.FILE_MISSING, ("found", visible(reference)))])
    return load(file)


def _run_log(scene: LoadedScene, topology: LoadedTopology) -> RunLog | None:
    if scene.scene.run is None:
        return None
    file = scene.named(scene.scene.run)
    if not file.is_file():
        raise SceneError([scene.problem(("run",), ProblemCode.FILE_MISSING, ("found", visible(scene.scene.run)))])
    log = read_run_log(file)
    if log.topology != topology.topology.name:
        raise SceneError([scene.unknown(("run",), "run", log.topology, (topology.topology.name,))])
    return log


def _changes(scene: LoadedScene, texts: tuple[str, ...]) -> tuple[Change, ...]:
    found: list[Change] = []
    wrong: list[Problem] = []
    for index, text in enumerate(texts):
        try:
            found.append(Change.parse(text))
        except ValueError:
            expected = (("expected", "EVENT:KIND=ARGUMENTS"), ("found", visible(text)))
            wrong.append(scene.problem(("changes", index), ProblemCode.BAD_VALUE, *expected))
    if wrong:
        raise SceneError(wrong)
    return tuple(found)


def _bound(scene: LoadedScene, opening: Opening, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Each with the id of its event. Raises `SceneError` for a number or a step that the walk does not have."""
    try:
        return tuple(bound(changes, lambda before: _walked(scene, opening, before)))
    except NoEventError as error:
        at = next(index for index, change in enumerate(changes) if change.event == error.event)
        raise SceneError([scene.unknown(("changes", at), "event", error.event, tuple(error.trace.by_id))]) from None


def _walked(scene: LoadedScene, opening: Opening, changes: tuple[Change, ...]) -> Trace:
    """Raises `SceneError` for a change of what the walk does not have."""
    topology = opening.loaded.topology
    job = topology.jobs[0] if opening.job is None else topology.job(opening.job)
    try:
        return simulate(topology, job, profile=opening.profile, history=opening.history, changes=changes)
    except UnknownChangeError as error:
        plain = simulate(topology, job, profile=opening.profile, history=opening.history)
        events = tuple(event.id for event in plain)
        raise SceneError([_refused(scene, error, at, changes, events) for at in range(len(error.changes))]) from None


def _refused(
    scene: LoadedScene, error: UnknownChangeError, place: int, changes: tuple[Change, ...], events: tuple[str, ...]
) -> Problem:
    """What is wrong with the one of `error` at `place`, at the first of the scene's changes that says it; `events` has
    the run without changes."""
    found = error.changes[place]
    said = (index for index, change in enumerate(changes) if found in (change.event, str(change.what)))
    path = ("changes", next(said, 0))
    if not error.objections:  # one that only the other changes keep from happening has no better spelling
        return scene.unknown(path, "event", found, () if found in events else events)
    objection = error.objections[place]
    expected = () if not objection.expected else (("expected", ", ".join(objection.expected)),)
    return scene.problem(path, ProblemCode.BAD_VALUE, *expected, ("found", visible(found)))
