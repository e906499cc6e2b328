"""One writer for each VM: at once busy, never in another's way, over when its process is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE, joined, outlasting
from strategies import examples

from vbtui.engine import Repository
from vbtui.engine.errors import NoSpace, RepositoryBusy
from vbtui.engine.repository.lock import lock_path
from vbtui.engine.repository.space import free_bytes, preflight

HOLDER = """
import sys
from pathlib import Path
from vbtui.engine import Repository
with Repository(Path(sys.argv[1])).lock(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(folder: Path, vm: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the VM until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(folder), vm]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder,
        outlasting(holder),
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


def test_a_second_writer_is_told_at_once_and_another_vm_is_free(repository: Repository) -> None:
    with another_process(repository.path, "web01"):
        with pytest.raises(RepositoryBusy) as caught, repository.lock("web01"):
            pass
        assert caught.value.path == lock_path(repository.path, "web01")
        with repository.lock("web02"):
            pass


def test_two_threads_of_one_process_are_two_writers(repository: Repository) -> None:
    busy: list[bool] = []

    def second() -> None:
        try:
            with repository.lock("web01"):
                busy.append(False)
        except RepositoryBusy:
            busy.append(True)

    with repository.lock("web01"):
        thread = threading.Thread(target=second)
        thread.start()
        joined([thread])
    second()
    assert busy == [True, False]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_end_of_a_process_releases_what_it_held(repository: Repository, number: signal.Signals) -> None:
    with another_process(repository.path, "web01") as holder:
        os.kill(holder.pid, number)
        holder.wait(PATIENCE)
        assert lock_path(repository.path, "web01").is_file()  # left over, and harmless
        with repository.lock("web01"):
            pass


def test_flock_of_util_linux_sees_the_lock(repository: Repository) -> None:
    """The lock is the operating system's: any program can ask for it, and hold it against us."""
    path = lock_path(repository.path, "web01")
    with repository.lock("web01"):
        assert subprocess.run(["flock", "--nonblock", path, "true"], check=False, timeout=PATIENCE).returncode == 1
    assert subprocess.run(["flock", "--nonblock", path, "true"], check=False, timeout=PATIENCE).returncode == 0


def test_a_lock_file_that_was_removed_meanwhile_holds_nothing(repository: Repository) -> None:
    path = lock_path(repository.path, "web01")
    with repository.lock("web01"):
        path.unlink()
        with repository.lock("web01"), pytest.raises(RepositoryBusy), repository.lock("web01"):
            pass


def test_a_link_in_the_place_of_a_lock_file_is_not_followed(repository: Repository, tmp_path: Path) -> None:
    lock_path(repository.path, "web01").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), repository.lock("web01"):
        pass
    assert not (tmp_path / "elsewhere").exists()


@examples(200)
@given(st.text(max_size=255), st.text(max_size=255))
def test_every_name_has_a_lock_file_of_its_own_in_the_folder(one: str, other: str) -> None:
    folder = Path("/repository")
    path = lock_path(folder, one)
    assert path.parent == folder
    assert path.name.isascii()
    assert path.name.isprintable()
    assert len(path.name) < 100
    assert (path == lock_path(folder, other)) == (one == other)


def test_too_little_room_is_said_before_anything_begins(tmp_path: Path) -> None:
    preflight(tmp_path, 1)
    state = os.statvfs(tmp_path)
    assert free_bytes(tmp_path) <= state.f_bfree * state.f_frsize  # what root alone may write does not count
    with pytest.raises(NoSpace) as caught:
        preflight(tmp_path, 2**62)
    assert (caught.value.path, caught.value.needed) == (tmp_path, 2**62)
    assert caught.value.free < 2**62
