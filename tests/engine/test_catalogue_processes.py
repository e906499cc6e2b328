"""Several processes at one catalogue: two that write, one that is killed, one that may only read."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from catalogues import SESSION, dump, fill, garbage, points_of
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
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _look_as_nobody(copy, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            assert told.read() == "1 point, refused"
        assert os.waitpid(child, 0)[1] == 0
        copy.chmod(0o755)


def _look_as_nobody(folder: Path, writing: int) -> None:
    """In the child: read the catalogue, and try to write it anew."""
    try:
        if os.getuid() == 0:
            os.setuid(65534)
        with Catalogue(folder) as catalogue:
            text = f"{len(catalogue.points())} point"
        try:
            rescan(Repository(folder))
        except PermissionError:
            text += ", refused"
        os.write(writing, text.encode())
    finally:
        os._exit(0)


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
    assert [one.wait() for one in both] == [0, 0]
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
    assert [one.wait() for one in several] == [0, 0, 0]
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
    for state in ("absent", "damaged", "old"):
        for stop in range(0, 400, 1 if os.environ.get("VBTUI_LONG_TESTS") else 13):
            for one in repository.path.glob(f"{CATALOGUE}*"):
                one.unlink()
            if state == "damaged":
                garbage(repository.path / CATALOGUE)
            elif state == "old":
                rescan(repository)
                with sqlite3.connect(repository.path / CATALOGUE) as connection:
                    connection.execute("DELETE FROM disk")
                connection.close()
            child = os.fork()
            if child == 0:
                _die_at(stop, repository)
            _, status = os.waitpid(child, 0)
            rescan(repository)
            assert points_of(dump(repository.path)) == whole
            if not os.WIFSIGNALED(status):
                break
        else:
            pytest.fail("a rescan makes more changes than that")


def _die_at(stop: int, repository: Repository) -> None:
    """In the child: kill -9 at the n-th line of the two files that change a catalogue; exit 0 if it ended before."""
    left = stop

    def watch(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        name = frame.f_code.co_filename
        if event == "line" and name.endswith(("catalogue.py", "database.py")):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return watch

    try:
        sys.settrace(watch)
        rescan(repository)
    finally:
        os._exit(0)
