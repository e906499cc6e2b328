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
    from vbtui.topology.problems import TopologyError

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
        DifferentError, which fails the test, with every picture that differs; and as `load_scene` and `play` do, with
        the sentences about what is wrong with a file as notes.
        """
        __tracebackhide__ = True
        from vbtui.pictures.comparing import DifferentError, compare, update
        from vbtui.topology.problems import TopologyError

        file = self._folder / scene
        kept = file.parent / "pictures" if pictures is None else self._folder / pictures
        pages = kept.parent / "differences" if differences is None else self._folder / differences
        try:
            shots = _played(file)
        except TopologyError as error:
            for line in _sentences(error):
                error.add_note(line)
            raise
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
    __tracebackhide__ = True
    from vbtui.pictures.playing import play
    from vbtui.pictures.scene import load_scene

    return play(load_scene(file))


def _sentences(error: TopologyError) -> tuple[str, ...]:
    """What is wrong with a file, as the command line says it; in English, as pytest speaks."""
    from vbtui.i18n import translator
    from vbtui.render.problems import problem_lines

    return problem_lines(translator("en"), error)


@pytest.fixture
def vbtui_scene(request: pytest.FixtureRequest) -> Iterator[SceneCheck]:
    """Play a scene file and compare its pictures: `vbtui_scene("my.yaml")`."""
    updates = bool(request.config.getoption(UPDATE)) or bool(os.environ.get(UPDATE_VARIABLE))
    yield SceneCheck(request.path.parent, updates=updates)
