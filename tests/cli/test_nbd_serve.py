"""`vbtui nbd serve`: the installed command in its own process, read by our client and by other people's."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbd_services import run, tool
from patience import bounded
from restore_points import FIRST, SECOND, begin, place

from vbtui.engine import PointMetadata, Repository, open_foreign
from vbtui.vocabulary import MiB

Call = Callable[..., Any]
"""The fixture `call`: code, out and err of a command."""


@dataclass
class Served:
    """A server that runs: its addresses in order, and how it ended."""

    uris: list[str]
    document: dict[str, object]
    code: int = -1
    err: str = ""


@contextmanager
def served(*arguments: str | Path, end: signal.Signals = signal.SIGINT) -> Iterator[Served]:
    """`vbtui nbd serve ... --json`, ended with Ctrl-C or another signal when the context ends."""
    command = [sys.executable, "-m", "vbtui", "nbd", "serve", *map(str, arguments), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = []
        with bounded(process):
            for line in process.stdout:
                lines.append(line)
                if line == "}\n":
                    break
        assert lines, process.communicate(timeout=30)[1]
        document = json.loads("".join(lines))
        result = Served([export["uri"] for export in document["exports"]], document)
        yield result
    finally:
        process.send_signal(end)
        try:
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    result.code, result.err = process.returncode, err


def content(uri: str) -> bytes:
    reader = open_foreign(uri, timeout=20)
    data = bytearray(reader.size)
    reader.read_into(0, memoryview(data))
    reader.close()
    return bytes(data)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a disk.img"
    with path.open("wb") as file:
        file.truncate(4 * MiB)
        file.seek(MiB)
        file.write(b"content" * 10_000)
    return path


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_image_is_served_until_it_is_told_to_end_and_that_is_success(
    image: Path, tmp_path: Path, end: signal.Signals
) -> None:
    with served(image, end=end) as server:
        assert server.document["schema"] == "vbtui-nbd"
        (uri,) = server.uris
        assert uri.startswith("nbd://127.0.0.1:")
        assert uri.endswith("/a%20disk.img")
        assert content(uri) == image.read_bytes()
        run(tool("nbdcopy"), uri, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == image.read_bytes()
    assert server.code == 0
    assert server.err.splitlines()[-1].startswith("stopped; connections served: ")


def test_a_client_that_does_not_take_its_answers_does_not_hold_up_the_end(tmp_path: Path) -> None:
    disk = tmp_path / "disk.img"
    disk.write_bytes(b"content!" * (2 * MiB))
    with served(disk) as server:
        reader = open_foreign(server.uris[0], timeout=20)
        reader.will_read(0, 16 * MiB)  # more than lies between the two
        first = bytearray(MiB)
        reader.read_into(0, memoryview(first))
        assert first == b"content!" * (MiB // 8)
    assert server.code == 0
    reader.close()


def test_a_vmdk_is_served_as_the_disk_in_it(image: Path, tmp_path: Path) -> None:
    vmdk = tmp_path / "disk.vmdk"
    run(tool("qemu-img"), "convert", "-f", "raw", "-O", "vmdk", image, vmdk)
    with served(vmdk, "--export", "web") as server:
        (uri,) = server.uris
        assert uri.endswith("/web")
        assert "identical" in run(tool("qemu-img"), "compare", "-f", "raw", "-F", "raw", uri, image)
        rows = json.loads(run(tool("nbdinfo"), "--map", "--json", uri))
        assert sum(row["length"] for row in rows if row["type"] == 0) < MiB


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A restore point with two disks."""
    repository = Repository(tmp_path / "points")
    with begin(repository, first=len(FIRST), second=len(SECOND)) as point:
        place(point, "second", SECOND)
        place(point, "first", FIRST)
        return point.finish(PointMetadata())


def test_every_disk_of_a_restore_point_is_an_export(finished: Path) -> None:
    with served(finished) as server:
        assert [uri.rpartition("/")[2] for uri in server.uris] == ["first", "second"]
        assert [content(uri) for uri in server.uris] == [FIRST, SECOND]
        found = json.loads(run(tool("nbdinfo"), "--list", "--json", server.uris[0]))["exports"]
        assert sorted(export["export-name"] for export in found) == ["first", "second"]
    point = finished.name.removesuffix(".vbx")
    with served(point, "--repo", finished.parent, "--disk", "second") as server:
        (uri,) = server.uris
        assert content(uri) == SECOND
    assert server.code == 0


def backed_up(call: Call, image: str | Path, folder: Path, name: str) -> str:
    """A backup of an image by the command; the id of its point."""
    done = call("backup", "--image", str(image), "--repo", str(folder), "--name", name, "--json")
    assert done.code == 0, done.err
    return str(json.loads(done.out)["point"])


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    """A disk of eight blocks: data, holes, and data that is zeros."""
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        file.truncate(8 * MiB)
        for block in (0, 1, 4):
            file.seek(block * MiB)
            file.write(bytes([65 + block]) * MiB)
        file.seek(6 * MiB)
        file.write(bytes(MiB))
    return path


def test_an_incremental_point_tells_which_blocks_it_changed(call: Call, pieces: Path, tmp_path: Path) -> None:
    full = backed_up(call, pieces, tmp_path / "r", "disk")
    with pieces.open("r+b") as file:
        for offset, data in ((MiB + 5, b"changed"), (2 * MiB, b"was a hole"), (4 * MiB, bytes(MiB))):
            file.seek(offset)
            file.write(data)
    incremental = backed_up(call, pieces, tmp_path / "r", "disk")
    with served(incremental, "--repo", tmp_path / "r") as server:
        (uri,) = server.uris
        assert "x-vbtui:dirty" in run(tool("nbdinfo"), uri)
        rows = json.loads(run(tool("nbdinfo"), "--map=x-vbtui:dirty", "--json", uri))
        assert [(row["offset"] // MiB, row["length"] // MiB) for row in rows if row["type"] & 1] == [(1, 2), (4, 1)]
        rows = json.loads(run(tool("nbdinfo"), "--map", "--json", uri))
        assert [(row["offset"] // MiB, row["length"] // MiB) for row in rows if row["type"] == 0] == [(0, 3)]
        assert content(uri) == pieces.read_bytes()
    with served(full, "--repo", tmp_path / "r") as server:
        # A full point has nothing to be compared with.
        assert "x-vbtui:dirty" not in run(tool("nbdinfo"), server.uris[0])


def test_a_served_point_is_backed_up_and_restored_to_the_same_bytes(call: Call, pieces: Path, tmp_path: Path) -> None:
    """Round once: image, backup, serve, backup of what is served, restore; and once more for an increment."""
    for number in range(2):
        first = backed_up(call, pieces, tmp_path / "r", "disk")
        with served(first, "--repo", tmp_path / "r") as server:
            second = backed_up(call, server.uris[0], tmp_path / "s", "again")
        output = tmp_path / f"back{number}.img"
        assert call("restore", str(tmp_path / "s"), second, "-o", str(output)).code == 0
        assert output.read_bytes() == pieces.read_bytes()
        assert "identical" in run(tool("qemu-img"), "compare", "-f", "raw", "-F", "raw", pieces, output)
        with pieces.open("r+b") as file:
            file.seek(5 * MiB)
            file.write(b"new" * 1000)
    kinds = [one.header.kind.name for one in Repository(tmp_path / "s").points() if one.header is not None]
    assert kinds == ["FULL", "INCREMENTAL"]


def test_a_killed_server_leaves_nothing_behind(finished: Path) -> None:
    before = sorted(path.name for path in finished.parent.iterdir())
    with served(finished, end=signal.SIGKILL) as server:
        assert content(server.uris[0]) == FIRST
    assert server.code == -signal.SIGKILL
    assert sorted(path.name for path in finished.parent.iterdir()) == before


def test_a_port_of_ones_own_is_used_again_at_once(image: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for _ in range(2):
        with served(image, "--port", str(port)) as server:
            assert server.uris == [f"nbd://127.0.0.1:{port}/a%20disk.img"]
            assert content(server.uris[0]) == image.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.img",), "there is no file none.img"),
        (("none.vbx",), "none"),
        (("none", "--repo", "nowhere"), "there is no folder nowhere"),
        (("{point}", "--disk", "third"), "third"),
        (("{point}", "--export", "x"), "--disk chooses one"),
        (("{image}", "--disk", "x"), "is an image"),
        (("{image}", "--export", "x" * 5000), "cannot be the name of an export"),
        (("{image}", "--export", ""), "cannot be the name of an export"),
        (("{image}", "--port", "70000"), "--port"),
        (("{image}", "--port", "{taken}"), "is taken"),
        (("{folder}",), "is not a usable disk image"),
        ((), "SOURCE"),
    ],
)
def test_a_wrong_call_is_bad_input_in_one_sentence(
    call: Call, image: Path, finished: Path, arguments: tuple[str, ...], says: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        words = {"{image}": str(image), "{point}": str(finished), "{folder}": str(finished.parent)}
        words["{taken}"] = str(listener.getsockname()[1])
        for language in ("en", "de"):
            ended = call("nbd", "serve", *(words.get(word, word) for word in arguments), "--lang", language)
            assert (ended.code, ended.out) == (2, "")
            assert language == "de" or says in ended.err
            assert "Traceback" not in ended.err


def test_a_damaged_point_is_damage(call: Call, finished: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[-8:] = bytes(8)
    finished.write_bytes(data)
    assert call("nbd", "serve", str(finished)).code == 1
