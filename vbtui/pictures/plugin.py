"""A pytest plugin: pictures of one's own topologies as tests.

    def test_the_plan_as_the_auditors_see_it(vbtui_scene):
        vbtui_scene("plan.yaml")

plays the scene that lies beside the test and holds every picture of it, as text and as SVG, against the files in
`pictures/` beside the scene. A picture that differs fails the test and leaves a page with both in `differences/` there;
`pytest --vbtui-update` takes the new ones over.

Decided here: where pictures lie. Never here: an import that a test without pictures would pay for: Textual, the
topology model and the rest come with the first scene.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from vbtui.pictures.playing import Shot

UPDATE = "--vbtui-update"
UPDATE_VARIABLE = "VBTUI_UPDATE"
"""The same for whoever cannot change the command line."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option."""
    group = parser.getgroup("vbtui", "pictures of vbtui")
    group.addoption(UPDATE, action="store_true", help="take over the pictures of vbtui scenes as they are now")


class SceneCheck:
    """The fixture `vbtui_scene`: call it with a scene."""

    def __init__(self, folder: Path, *, updates: bool) -> None:
        self._folder, self._updates = folder, updates

    def __call__(
        self, scene: str | Path, *, pictures: str | Path | None = None, differences: str | Path | None = None
    ) -> tuple[Shot, ...]:
        """Play a scene and hold its pictures against the kept ones; gives the pictures.

        `scene` is a path from the test's folder. `pictures` is the folder of the kept ones, by default `pictures`
        beside the scene; `differences` the one for pages about what differs, by default beside that. Raises
        DifferentError, which fails the test, with every picture that differs. A scene that cannot be played fails it
        with the sentences about what is wrong with a file, and nothing else. Raises OSError.
        """
        __tracebackhide__ = True
        from vbtui.pictures.comparing import DifferentError, compare, update

        file = self._folder / scene
        kept = file.parent / "pictures" if pictures is None else self._folder / pictures
        pages = kept.parent / "differences" if differences is None else self._folder / differences
        shots = _played(file)
        wrong = []
        for shot in shots:
            documents = {".txt": shot.frame.text.encode(), ".svg": shot.svg.encode()}
            if self._updates:
                update(shot.name, documents, kept)
                continue
            try:
                compare(shot.name, documents, kept, pages, how=f"pytest {UPDATE} takes it over")
            except DifferentError as error:
                wrong.append(error)
        if len(wrong) == 1:
            raise wrong[0]
        if wrong:
            raise DifferentError(
                f"{len(wrong)} pictures of {file.name} look different", [str(error) for error in wrong], wrong[0].page
            )
        return shots


def _played(file: Path) -> tuple[Shot, ...]:
    """Fails the test for a file in which something is wrong, as the command line says it; in English, as pytest speaks.
    Not by the error itself: its own text are codes, and where it was raised is nothing to who wrote the file."""
    __tracebackhide__ = True
    from vbtui.i18n import translator
    from vbtui.job import BadRunLog
    from vbtui.pictures.playing import play
    from vbtui.pictures.scene import load_scene
    from vbtui.render.failures import run_log_problem
    from vbtui.render.problems import problem_lines
    from vbtui.topology.problems import TopologyError

    run_log: Path | None = None
    try:
        scene = load_scene(file)
        run_log = None if scene.scene.run is None else scene.named(scene.scene.run)
        return play(scene)
    except TopologyError as error:
        lines = problem_lines(translator("en"), error)
    except BadRunLog as error:
        lines = (run_log_problem(translator("en"), error, run_log or file),)
    raise pytest.fail.Exception("\n".join(lines), pytrace=False)


@pytest.fixture
def vbtui_scene(request: pytest.FixtureRequest) -> Iterator[SceneCheck]:
    """Play a scene file and compare its pictures: `vbtui_scene("my.yaml")`."""
    updates = bool(request.config.getoption(UPDATE)) or bool(os.environ.get(UPDATE_VARIABLE))
    yield SceneCheck(request.path.parent, updates=updates)
