"""The screens as they look: every scene of `tests/scenes`, and what must hold for all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from vbtui.pictures.playing import play
from vbtui.pictures.plugin import SceneCheck
from vbtui.pictures.scene import load_scene

HERE = Path(__file__).parent
TESTS = HERE.parent
SCENES = sorted((TESTS / "scenes").glob("*.yaml"))
SCRIPTED = {"data-120x40"}
"""Pictures of the README that need a scripted run: `test_data_views` has them."""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.stem)
def test_the_screens_look_as_they_did(scene: Path, vbtui_scene: SceneCheck) -> None:
    vbtui_scene(scene, pictures="pictures")


def test_without_colour_everything_is_still_told() -> None:
    (shot,) = play(load_scene(TESTS / "scenes" / "blocked-without-colour.yaml"))
    for told in ("⊘ dropped", "✔ allowed", "↪ fallback"):
        assert told in shot.frame.text
    inks = {run.ink for row in shot.frame.rows for run in row if run.text.strip()}
    assert all(len(set(colour)) == 1 for ink in inks for colour in (ink.foreground, ink.background))


def test_the_same_moment_is_the_same_picture_every_time() -> None:
    scene = load_scene(TESTS / "scenes" / "copying.yaml")
    assert len({tuple((shot.name, shot.svg, shot.frame) for shot in play(scene)) for _ in range(3)}) == 1


@pytest.mark.long
@pytest.mark.parametrize("file", SCENES, ids=lambda scene: scene.stem)
def test_every_scene_is_the_same_twenty_times(file: Path) -> None:
    loaded = load_scene(file)
    one_size = replace(loaded, scene=loaded.scene.model_copy(update={"size": loaded.scene.size[:1]}))
    assert len({tuple((shot.name, shot.svg, shot.frame) for shot in play(one_size)) for _ in range(20)}) == 1


def test_the_pictures_of_the_readme_are_those_that_the_scenes_give() -> None:
    """Each is compared above with what its scene gives; here, that every one has a scene."""
    shown = re.findall(r"\]\(tests/ui/pictures/([^)]+)\.svg\)", (TESTS.parent / "README.md").read_text("utf-8"))
    assert shown
    made = set()
    for file in SCENES:
        scene = load_scene(file).scene
        sizes = [f"-{size}" for size in scene.size] if len(scene.size) > 1 else [""]
        made |= {f"{name}{size}" for _, name in scene.shots for size in sizes}
    assert set(shown) <= made | SCRIPTED
