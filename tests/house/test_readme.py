"""What the README says is so: its links, its commands, its example, its rooms and topologies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import vbtui
from vbtui.cli.entry import group, run
from vbtui.cli.settings import read_settings
from vbtui.topology import load, shipped
from vbtui.ui.keys.keymap import KeyWish, keymap_of
from vbtui.ui.keys.tables import KEY_TABLES
from vbtui.vocabulary import Result
from vbtui.workflow import simulate

PACKAGE = Path(vbtui.__file__).parent
README = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("https://") or (PACKAGE.parent / target).is_file(), target


def test_the_table_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"`vbtui ([a-z]+)", section("What it can do")))
    assert named == set(group.commands)


def commands_below(command: click.Command) -> Iterator[click.Command]:
    """A command, and those of a group and of the groups in it."""
    yield command
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        yield from commands_below(one)


def test_every_option_that_is_named_exists() -> None:
    known = {name for command in commands_below(group) for one in command.params for name in one.opts}
    known |= {"--help", "--version"}
    text = README.split("## Test\n", 1)[0]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_the_printed_change_request_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = re.findall(r"```\n(locked-down, .*?)```", section("What it can do"), re.DOTALL)
    assert run(["request", "locked-down"], {}) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_the_example_is_a_sound_topology_whose_job_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", section("Write a topology"), re.DOTALL)
    file = tmp_path / "lab.yaml"
    file.write_text(example, encoding="utf-8")
    topology = load(file).topology
    assert simulate(topology, topology.jobs[0]).result is Result.SUCCESS


def test_the_settings_that_it_shows_are_all_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", section("What it can do"), re.DOTALL)
    file = tmp_path / "config.yaml"
    file.write_text(example, encoding="utf-8")
    found = read_settings(file)
    assert (found.problems, found.language, found.predict) == ((), "de", True)
    wishes = [KeyWish(entry.action, entry.keys, entry.place) for entry in found.keys]
    assert wishes and keymap_of(wishes, KEY_TABLES)[1] == ()


def test_the_topologies_and_rooms_are_those_that_exist() -> None:
    assert set(re.findall(r"^\* `([a-z-]+)` - ", section("What it can do"), re.MULTILINE)) == set(shipped())
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | {"vocabulary"}
    assert set(re.findall(r"^\| `([a-z]+)` \|", section("The house"), re.MULTILINE)) == rooms
