"""Several processes at one catalogue: two that write, one that is killed, one that may only read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import dying_rescans
import pytest
from catalogues import SESSION, dump, fill, garbage, points_of
from patience import PATIENCE, bounded, outlasting
from restore_points import begin, place

from vbtui.engine import PointMetadata, Repository
from vbtui.engine.errors import RepositoryBusy
from vbtui.engine.repository.catalogue import Catalogue
from vbtui.engine.repository.catalogue.database import CATALOGUE
from vbtui.engine.repository.catalogue.rescan import rescan


@pytest.fixture
def filled(repository: Repository, finished: Path) -> Repository:
    """A repository with a point, and a catalogue that has a session and a health result."""
    assert finished.is_file()
    fill(repository)
    return repository


def test_a_folder_that_can_only_be_read(filled: Repository) -> None:
    """As an ordinary user: root may write anywhere."""
    with tempfile.TemporaryDirectory() as place_of_all:
        Path(place_of_all).chmod(0o755)
        copy = Path(place_of_all) / "repository"
        shutil.copytree(filled.path, copy)
        for path in (*copy.iterdir(), copy):
            path.chmod(path.stat().st_mode & 0o555)
        looking = subprocess.run(
            [sys.executable, "-c", LOOK_AS_NOBODY, copy], capture_output=True, text=True, check=False, timeout=60
        )
        copy.chmod(0o755)
    assert (looking.stdout, looking.stderr) == ("1 point, refused", "")


LOOK_AS_NOBODY = """
import os, sys
from pathlib import Path
from vbtui.engine import Repository
from vbtui.engine.repository.catalogue import Catalogue
from vbtui.engine.repository.catalogue.rescan import rescan
if os.getuid() == 0:
    os.setuid(65534)
with Catalogue(Path(sys.argv[1])) as catalogue:
    print(f"{len(catalogue.points())} point", end="")
try:
    rescan(Repository(Path(sys.argv[1])))
except PermissionError:
    print(", refused", end="")
"""
"""Reads a catalogue, and tries to write it anew."""


def test_two_processes_write_at_once(filled: Repository) -> None:
    writer = (
        "import sys; from pathlib import Path\n"
        "from vbtui.engine import Repository\n"
        "from vbtui.engine.repository.catalogue import Operation, Session\n"
        "from vbtui.engine.repository.catalogue.rescan import open_catalogue, rescan\n"
        "repository = Repository(Path(sys.argv[1]))\n"
        "for number in range(20):\n"
        "    with open_catalogue(repository) as catalogue:\n"
        "        catalogue.record(Session(Operation.BACKUP, sys.argv[2], None, number, number))\n"
        "    if number % 5 == 0: rescan(repository)\n"
    )
    command = [sys.executable, "-c", writer, str(filled.path)]
    both = [subprocess.Popen([*command, vm]) for vm in ("one", "two")]
    with outlasting(*both):
        assert [one.wait(PATIENCE) for one in both] == [0, 0]
    with Catalogue(filled.path) as catalogue:
        found = [(one.vm, one.started_ms) for one in catalogue.sessions()]
    assert sorted(found[1:]) == sorted((vm, number) for vm in ("one", "two") for number in range(20))


def test_two_processes_make_the_first_catalogue_at_once(repository: Repository, finished: Path) -> None:
    assert finished.is_file()
    maker = (
        "import sys; from pathlib import Path\n"
        "from vbtui.engine import Repository\n"
        "from vbtui.engine.repository.catalogue.rescan import rescan\n"
        "rescan(Repository(Path(sys.argv[1])))\n"
    )
    several = [subprocess.Popen([sys.executable, "-c", maker, str(repository.path)]) for _ in range(3)]
    with outlasting(*several):
        assert [one.wait(PATIENCE) for one in several] == [0, 0, 0]
    assert list(repository.path.glob("*.aside*")) == []
    assert rescan(repository).added == ()


def test_a_change_that_another_process_does_not_end_is_busy(
    filled: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vbtui.engine.repository.catalogue.database.BUSY_SECONDS", 0.0)
    holder = sqlite3.connect(filled.path / CATALOGUE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Catalogue(filled.path) as catalogue, pytest.raises(RepositoryBusy):
        catalogue.record(SESSION)
    holder.execute("ROLLBACK")
    holder.close()
    with Catalogue(filled.path) as catalogue:
        catalogue.record(SESSION)


def test_a_rescan_that_is_killed_leaves_the_old_state_or_the_new_one(repository: Repository) -> None:
    """Killed at every change of the file system that a rescan makes, one after the other."""
    for number in range(3):
        with begin(repository, f"vm-000{number}", disk=4096) as writer:
            place(writer, "disk", bytes([number + 1]) * 4096)
            writer.finish(PointMetadata())
    rescan(repository)
    whole = points_of(dump(repository.path))
    with subprocess.Popen(
        [sys.executable, dying_rescans.__file__, repository.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as splitting:  # fmt: skip
        assert splitting.stdin is not None and splitting.stdout is not None
        for state in ("absent", "damaged", "old"):
            ends: list[str] = []
            for stop in range(0, 400, 1 if os.environ.get("VBTUI_LONG_TESTS") else 13):
                make_catalogue(repository, state)
                splitting.stdin.write(f"{stop}\n")
                splitting.stdin.flush()
                with bounded(splitting):
                    ends.append(splitting.stdout.readline())
                rescan(repository)
                assert points_of(dump(repository.path)) == whole
                if ends[-1] != "killed\n":
                    break
            assert ends[0] == "killed\n"
            assert ends[-1] == "ended 0\n", "a rescan makes more changes than that"
        splitting.stdin.close()
        assert splitting.wait(timeout=60) == 0


def make_catalogue(repository: Repository, state: str) -> None:
    """Leave a catalogue that a rescan has to do something about, in place of what is there."""
    for one in repository.path.glob(f"{CATALOGUE}*"):
        one.unlink()
    if state == "damaged":
        garbage(repository.path / CATALOGUE)
    elif state == "old":
        rescan(repository)
        with sqlite3.connect(repository.path / CATALOGUE) as connection:
            connection.execute("DELETE FROM disk")
        connection.close()
