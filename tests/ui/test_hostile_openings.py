"""What somebody else may have written is opened with: saved runs, places where walks were left, changes, scenes.

Nothing of it may end the app: it is refused before, or it is shown.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pictures import Stage, loaded, perform
from strategies import examples

from vbtui.job import Record, RecordKind, RunLog
from vbtui.pictures.scene import SceneError, load_scene
from vbtui.ui.remembered import Place
from vbtui.ui.tabs import Tab
from vbtui.vocabulary import Profile
from vbtui.walk.pace import SPEEDS
from vbtui.workflow import Change, UnknownChangeError, simulate

TOPOLOGY = loaded().topology
TRACE = simulate(TOPOLOGY, TOPOLOGY.jobs[0])
IDS = [event.id for event in TRACE]
TASKS = [task.id for task in TRACE.tasks]
ODD = st.sampled_from(["", "x", "[bold]", "a/b/c", "sql01", "\u202e", "-", "e" * 300])
KEYS = ["right", "end", "tab", "v", "i", "escape", "t", "escape", "f3", "end", "f1", "home", "pagedown", "f5"]
"""A walk to everything that shows what was opened with."""


async def walk(stage: Stage) -> None:
    for key in KEYS:
        await stage.press(key)
    stage.shown()


RECORDS = st.builds(
    Record,
    at_us=st.integers(0, 2**63),
    event=st.sampled_from([*IDS, *TASKS]) | ODD,
    kind=st.sampled_from(RecordKind),
    name=st.sampled_from(
        ["", "processed", "read", "written", "source", "network", "after-read", "bytes", "stun-us", "not-converged"]
    )
    | ODD,
    value=st.integers(0, 2**63) | st.integers(0, 200),
)


@given(records=st.lists(RECORDS, max_size=40))
@examples(3)
def test_a_saved_run_with_any_records_can_be_walked(records: list[Record]) -> None:
    log = RunLog("classroom", "daily", "v13", (), "classroom", "full", tuple(records))
    perform(walk, run_log=log, size=(120, 40))


@given(
    event=st.sampled_from(IDS) | ODD,
    vm=st.sampled_from(["sql01", "web01", None]) | ODD,
    tab=st.sampled_from(Tab),
    speed=st.sampled_from(SPEEDS),
    number=st.integers(1, 10**8),
)
@examples(3)
def test_a_place_that_is_not_there_any_more_is_no_trouble(
    event: str, vm: str | None, tab: Tab, speed: float, number: int
) -> None:
    place = Place("classroom", "classroom", "daily", Profile.V13, event, "3", number, number, vm, tab, speed)
    perform(walk, left=place, size=(80, 24))


PARTS = st.sampled_from(
    [
        "rule",
        "block",
        "service",
        "slots",
        "failover",
        "cbt-reset",
        "kill",
        "on",
        "off",
        "=",
        ":",
        ",",
        "tcp/902",
        "0",
        "px-san",
        "esx01",
        "repo01",
        "legacy01",
        "sql01/sql01.vmdk",
        "core",
        *IDS[::9],
    ]
)
TEXTS = st.lists(PARTS, max_size=9).map("".join) | st.text(max_size=30)


@given(text=TEXTS)
@examples(300)
def test_any_text_is_a_change_that_reads_back_or_is_refused(text: str) -> None:
    try:
        change = Change.parse(text)
    except ValueError:
        return
    assert str(change) == text
    assert Change.parse(str(change)) == change


CHANGES = st.builds(
    lambda event, what: f"{event}:{what}",
    st.sampled_from(IDS),
    st.sampled_from(
        ["failover=off", "cbt-reset=sql01", "kill=px-san", "slots=px-san,0", "slots=px-san,1000", "slots=nowhere,1",
         "service=esx01,x,off", "block=px-san,esx01,tcp/902", "block=a,b,any", "allow=vbr01,legacy01,tcp/445",
         "rule=core,x,off", "kill=x", "cbt-reset=", "block=vbr01,esx01,tcp/1-65535"]
    ),
)  # fmt: skip


@given(texts=st.lists(CHANGES, max_size=3))
@examples(3)
def test_changes_are_walked_or_refused(texts: list[str]) -> None:
    try:
        changes = tuple(Change.parse(text) for text in texts)
        perform(walk, changes=changes, size=(120, 40))
    except (ValueError, UnknownChangeError):
        return


SCENES = sorted((Path(__file__).parents[1] / "scenes").glob("*.yaml"))


@given(data=st.data())
@examples(30)
def test_a_damaged_scene_is_refused_or_sound(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SCENES)).read_text(encoding="utf-8")
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        lines[number] = data.draw(
            st.sampled_from(["", "- 1", "steps:", "size: 1x1", "size: 99999x1", "&a [*a, *a]", "{", "x: \u0000", "\t"])
            | st.text(max_size=20)
            | st.just(lines[number][::-1])
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scene.yaml"
        file.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
        try:
            load_scene(file)
        except SceneError as error:
            assert error.problems
