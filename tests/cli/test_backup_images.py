"""`backup --image`: from the words of the command line to a restore point, and what is said on the way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbd_services import qemu_nbd
from patience import PATIENCE, outlasting

from vbtui.cli.images import COMPRESSION_LEVELS, DEFAULT_LEVEL, DEFAULT_SLOTS, REASONS
from vbtui.engine import CompressionLevel, Repository
from vbtui.engine.protect import SLOTS
from vbtui.engine.repository.base import FullReason
from vbtui.vocabulary import MiB

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err. The working folder is empty."""


def image(name: str = "one.img", blocks: bytes = b"abc") -> Path:
    path = Path(name)
    path.write_bytes(b"".join(bytes([letter]) * MiB for letter in blocks))
    return path


def test_the_command_knows_the_engine_s_words_and_numbers() -> None:
    assert list(COMPRESSION_LEVELS) == [str(level) for level in CompressionLevel]
    assert DEFAULT_LEVEL == CompressionLevel.OPTIMAL
    assert DEFAULT_SLOTS == SLOTS
    assert set(REASONS) == {str(reason) for reason in FullReason}


def test_images_are_protected_and_the_next_time_what_has_changed(call: Call) -> None:
    image(), image("two.img", b"xy")
    first = call("backup", "--image", "one.img", "two.img", "--repo", "r")
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert lines[0].startswith("one.img: 3 MiB processed, 3 MiB read, ")
    assert lines[1].startswith("two.img: 2 MiB processed, 2 MiB read, ")
    assert ": a full restore point: there is none of 'one' yet; " in lines[2]
    image(blocks=b"aXc")
    second = call("backup", "--image", "one.img", "--image", "two.img", "--repo", "r")
    point = lines[2].partition(":")[0]
    assert f": an incremental restore point, on {point}; " in second.out
    (newest,) = [one for one in Repository(Path("r")).points() if one.point != point]
    assert call("restore", "r", newest.point, "--disk", "one.img", "-o", "back").code == 0
    assert Path("back").read_bytes() == Path("one.img").read_bytes()


def test_a_disk_that_has_another_size_is_told(call: Call) -> None:
    image()
    call("backup", "--image", "one.img", "--repo", "r")
    image(blocks=b"abcd")
    assert "the size has changed of one.img" in call("backup", "--image", "one.img", "--repo", "r").out


def test_a_damaged_block_is_read_again_when_a_check_is_asked_for(call: Call) -> None:
    image()
    call("backup", "--image", "one.img", "--repo", "r", "--compression", "none")
    (path,) = Path("r").glob("*.vbx")
    data = bytearray(path.read_bytes())
    data[2 * MiB] ^= 1
    path.write_bytes(data)
    called = call("backup", "--image", "one.img", "--repo", "r", "--check")
    assert "1 damaged block of the chain was read again" in called.out
    assert [one for one in call("verify", "r").out.splitlines() if ": whole, " in one]


def test_one_document_for_a_program(call: Call) -> None:
    image()
    called = call("backup", "--image", "one.img", "--repo", "r", "--json", "--name", "n", "--compression", "none")
    document = json.loads(called.out)
    assert (document["schema"], document["version"]) == ("vbtui-backup", 1)
    assert (document["name"], document["parent"], document["full_because"]) == ("n", None, "first")
    (disk,) = document["disks"]
    assert (disk["name"], disk["image"], disk["bytes"], disk["read"]) == ("one.img", "one.img", 3 * MiB, 3 * MiB)
    assert disk["transferred"] >= disk["written"] > 3 * MiB
    assert set(disk["busy_seconds"]) == {"source", "proxy", "network", "target"}
    assert (Path("r") / document["file"]).stat().st_size == document["bytes"]


def test_german_says_the_same_in_german(call: Call) -> None:
    image()
    called = call("backup", "--image", "one.img", "--repo", "r", lang="de", LANG="de_DE.UTF-8")
    assert "verarbeitet" in called.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a topology, or disk images with --image"),
        (("classroom", "other"), "expected one topology, found classroom, other"),
        (("classroom", "--slots", "2"), "--slots goes with --image only"),
        (("--image", "one.img", "--job", "j"), "--job goes with a topology, not with --image"),
        (("--image", "absent.img"), "there is no file absent.img"),
        (("--image", "one.img", "./one.img"), "./one.img is named twice"),
        (("--image", "one.img", "--name", "a/b"), "--name takes letters, digits"),
        (("--image", "one.img", "--compression", "best"), "expected one of none, fast, optimal, high"),
        (("--image", "one.img", "--slots", "0"), "--slots"),
        (("--image", "nbd://"), "is no address of an NBD server"),
        (("--image", "."), "is not a usable disk image"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(call: Call, words: tuple[str, ...], said: str) -> None:
    image()
    called = call("backup", *words, "--repo", "r")
    assert called.code == 2
    assert said in called.err
    assert called.out == ""
    assert not Path("r").exists()


def test_a_server_that_is_not_there_is_a_failure_at_run_time(call: Call) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    called = call("backup", "--image", f"nbd://127.0.0.1:{port}/e", "--repo", "r")
    assert called.code == 4
    assert called.err.startswith(f"nbd://127.0.0.1:{port}/e: ")
    assert not Path("r").exists()


def test_a_server_that_serves_one_client_at_a_time_is_read_and_an_export_that_is_not_there_is_said(call: Call) -> None:
    path = image("one.img", b"abcdef")
    with qemu_nbd("--format=raw", "--persistent", "--export-name=disk", path.resolve()) as uri:
        for kind in ("full", "incremental"):
            called = call("backup", "--image", f"{uri}disk", "--repo", "r")
            assert called.code == 0, called.err
            assert kind in called.out
        called = call("backup", "--image", f"{uri}other", "--repo", "r")
        assert (called.code, called.err) == (2, "the server has no export 'other'\n")
    assert len(list(Path("r").glob("*.vbx"))) == 2


LIMITED = f"""
import resource, runpy, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({MiB}, {MiB}))
runpy.run_module("vbtui", run_name="__main__")
"""
"""vbtui where no file may grow beyond 1 MiB: the write fails, as on a full disk."""


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "vbtui", *words]


def test_a_write_that_fails_leaves_the_earlier_points(call: Call) -> None:
    image()
    call("backup", "--image", "one.img", "--repo", "r")
    before = sorted(Path("r").glob("*.vbx*"))
    Path("one.img").write_bytes(os.urandom(4 * MiB))
    command = [sys.executable, "-c", LIMITED, "backup", "--image", "one.img", "--repo", "r"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("r: ")
    assert sorted(Path("r").glob("*.vbx*")) == before


def test_ctrl_c_ends_it_and_leaves_nothing(call: Call) -> None:  # noqa: ARG001 - for its folder
    """The server takes the connection and says nothing: the command waits until it is interrupted."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.settimeout(PATIENCE)
        words = ("backup", "--image", f"nbd://127.0.0.1:{sock.getsockname()[1]}/e", "--repo", "r")
        running = subprocess.Popen(_command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with outlasting(running), sock.accept()[0]:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert (out, err.strip()) == ("", "interrupted")
    assert not Path("r").exists()


def test_the_time_in_a_point_s_name_is_the_time_at_which_it_was_made(call: Call) -> None:
    image()
    begin = time.time_ns() // 1_000_000
    call("backup", "--image", "one.img", "--repo", "r")
    (point,) = Repository(Path("r")).points()
    assert point.header is not None
    assert begin <= point.header.created_ms <= time.time_ns() // 1_000_000
