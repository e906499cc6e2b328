"""A whole cycle through the command line: back up, list, verify, restore, compare; then damage, and clean up."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from vbtui.cli.entry import run
from vbtui.topology import resolve
from vbtui.vocabulary import MiB

TOPOLOGY = "small-office"


@dataclass(frozen=True)
class Office:
    """A repository with the restore points of one run, and the run's own folder."""

    repository: Path
    state: Path
    out: str


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    from contextlib import redirect_stdout
    from io import StringIO

    folder = tmp_path_factory.mktemp("cycle")
    out = StringIO()
    with redirect_stdout(out):
        code = run(["backup", TOPOLOGY, "--repo", str(folder / "repo")], {"XDG_STATE_HOME": str(folder / "state")})
    assert code == 0
    yield Office(folder / "repo", folder / "state", out.getvalue())


pytestmark = pytest.mark.xdist_group("command-line-cycle")

Call = Callable[..., Any]


def points_of(office: Office, call: Call) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call("points", str(office.repository), "--json").out)["points"]
    return found


def test_a_backup_tells_what_was_measured_and_proves_a_restore(office: Office) -> None:
    assert "Measured" in office.out and "estimated" in office.out and "verified" in office.out
    assert re.search(r"compared it with the disk at the moment of the snapshot: equal", office.out)


def test_a_backup_tells_a_program_the_same(call: Call) -> None:
    for parent in (None, True):
        called = call("backup", TOPOLOGY, "--repo", "repo", "--json")
        assert (called.code, called.err) == (0, "")
        document = json.loads(called.out)
        assert (document["schema"], document["version"]) == ("vbtui-run", 1)
        assert document["proof"]["equal"] is True
        for vm in document["vms"]:
            assert vm["bytes"] == (Path("repo") / vm["file"]).stat().st_size
            assert (vm["parent"] is not None) == (parent is not None)
            assert vm["damaged_blocks"] == 0
            assert vm["disks"] and all(disk["read"] > 0 and disk["transferred"] > 0 for disk in vm["disks"])


def test_points_are_listed_and_whole(office: Office, call: Call) -> None:
    found = points_of(office, call)
    assert found and all(point["damage"] == [] and point["disks"] for point in found)
    table = call("points", str(office.repository))
    assert table.code == 0
    assert all(point["point"] in table.out for point in found)


def test_every_point_verifies(office: Office, call: Call) -> None:
    called = call("verify", str(office.repository))
    assert called.code == 0
    assert called.out.count(": whole") == len(points_of(office, call))


def test_every_disk_restores_to_its_size_and_twice_to_the_same_bytes(
    office: Office, call: Call, tmp_path: Path
) -> None:
    for point in points_of(office, call):
        for disk in point["disks"]:
            digests = set()
            for number in (1, 2):
                image = tmp_path / f"{point['point']}-{disk['name']}-{number}.img"
                called = call(
                    "restore", str(office.repository), point["point"], "--disk", disk["name"], "-o", str(image)
                )
                assert called.code == 0, called.err
                assert image.stat().st_size == disk["bytes"]
                digests.add(hashlib.sha256(image.read_bytes()).hexdigest())
            assert len(digests) == 1


def test_a_disk_of_the_users_own_comes_back_bit_for_bit(call: Call, tmp_path: Path) -> None:
    """The full cycle on an image that nobody writes to meanwhile, compared by `cmp`."""
    image = tmp_path / "own" / "disk.img"
    image.parent.mkdir()
    pieces = [bytes(MiB), bytes(range(256)) * 4096, b"text " * 100_000, bytes(2 * MiB), b"end"]
    content = b"".join(pieces)
    image.write_bytes(content + bytes(-len(content) % MiB))
    sound = resolve(TOPOLOGY).read_text(encoding="utf-8")
    disk = re.search(r"- \{name: (?P<name>[^,]+), datastore: (?P<store>[^,}]+),[^}]*\}", sound)
    assert disk is not None
    size = image.stat().st_size // MiB
    own = f"- {{name: {disk['name']}, datastore: {disk['store']}, size: {size}MiB, image: disk.img}}"
    file = image.parent / "own.yaml"
    file.write_text(sound.replace(disk[0], own), encoding="utf-8")
    repository, restored = tmp_path / "repo", tmp_path / "restored.img"
    assert call("backup", str(file), "--repo", str(repository), "--yes").code == 0
    points = json.loads(call("points", str(repository), "--json").out)["points"]
    (point,) = (one["point"] for one in points if disk["name"] in {found["name"] for found in one["disks"]})
    assert call("verify", str(repository)).code == 0
    assert call("restore", str(repository), point, "--disk", disk["name"], "-o", str(restored)).code == 0
    assert subprocess.run(["cmp", str(image), str(restored)], check=False, timeout=PATIENCE).returncode == 0


def test_a_disk_of_the_users_own_of_another_size_is_refused(call: Call, tmp_path: Path) -> None:
    """Every run would be a full one: no point's disks would be those of the topology."""
    (tmp_path / "disk.img").write_bytes(bytes(3 * MiB))
    sound = resolve(TOPOLOGY).read_text(encoding="utf-8")
    disk = re.search(r"- \{name: (?P<name>[^,]+), datastore: (?P<store>[^,}]+),[^}]*\}", sound)
    assert disk is not None
    own = f"- {{name: {disk['name']}, datastore: {disk['store']}, size: 4MiB, image: disk.img}}"
    topology = tmp_path / "own.yaml"
    topology.write_text(sound.replace(disk[0], own), encoding="utf-8")
    called = call("backup", str(topology), "--repo", "repo", "--yes")
    assert called.code == 4
    assert called.err == (
        f"the run ended early: {tmp_path / 'disk.img'}: "
        "the disk in this image has another size than the topology says\n"
    )
    assert not list(Path().glob("repo/*.vbx*"))


def test_a_restore_overwrites_nothing_unless_it_is_told_to(office: Office, call: Call, tmp_path: Path) -> None:
    point = points_of(office, call)[0]
    image = tmp_path / "precious"
    image.write_bytes(b"mine")
    arguments = (
        "restore",
        str(office.repository),
        point["point"],
        "--disk",
        point["disks"][0]["name"],
        "-o",
        str(image),
    )
    assert call(*arguments).code == 2
    assert image.read_bytes() == b"mine"
    assert call(*arguments, "--force").code == 0
    assert image.stat().st_size == point["disks"][0]["bytes"]


def test_unknown_points_and_disks_are_named(office: Office, call: Call, tmp_path: Path) -> None:
    point = points_of(office, call)[0]["point"]
    output = tmp_path / "never"
    for arguments in (("nothing", "--disk", "x"), (point, "--disk", "x"), ("../escape", "--disk", "x")):
        called = call("restore", str(office.repository), *arguments, "-o", str(output))
        assert called.code == 2 and "Traceback" not in called.err
    assert call("verify", str(office.repository), "nothing").code == 2
    assert not output.exists()


def test_damage_is_found_named_and_never_restored(office: Office, call: Call, tmp_path: Path) -> None:
    point = points_of(office, call)[0]
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    content = bytearray((office.repository / point["file"]).read_bytes())
    # a stretch in the middle is block data: the index and the footer stand at the end
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    (damaged / point["file"]).write_bytes(content)
    called = call("verify", str(damaged))
    assert called.code == 1
    assert "damaged" in called.out
    for number, disk in enumerate(point["disks"]):
        image = tmp_path / f"{number}.img"
        restored = call("restore", str(damaged), point["point"], "--disk", disk["name"], "-o", str(image))
        assert restored.code in (0, 1)
        assert image.exists() == (restored.code == 0)
    (damaged / point["file"]).write_bytes(content[: len(content) // 3])
    assert call("points", str(damaged)).code == 1
    assert call("verify", str(damaged)).code == 1


def test_a_saved_run_is_replayed_with_its_figures(office: Office, call: Call, tmp_path: Path) -> None:
    file = next(office.repository.glob("*.run.jsonl"))
    called = call("play", "--run", str(file))
    assert called.code == 0
    measured = [line for line in office.out.splitlines() if "(estimated" in line and "bottleneck" in line]
    assert measured and all(line in called.out for line in measured)
    assert call("play", "classroom", "--run", str(file)).code == 2
    broken = tmp_path / "broken.jsonl"
    lines = file.read_text(encoding="ascii").splitlines()
    broken.write_text("\n".join([lines[0], "{}", *lines[1:]]), encoding="ascii")
    wrong = call("play", "--run", str(broken))
    assert wrong.code == 2
    assert f"{broken}:2:" in wrong.err


def test_looking_into_a_folder_writes_nothing(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert call("points", str(folder)).code == 0
    assert call("verify", str(folder)).code == 0
    assert list(folder.iterdir()) == []


def test_clean_says_what_and_where_first_and_leaves_the_users_repository(office: Office, call: Call) -> None:
    state = {"XDG_STATE_HOME": str(office.state)}
    asked = call("clean", **state)
    assert asked.code == 2
    assert str(office.state) in asked.out and "samples/small-office/shop: 4 files" in asked.out
    assert (office.state / "vbtui").exists()
    assert call("clean", "--yes", **state).code == 0
    assert not (office.state / "vbtui").exists()
    assert list(office.repository.glob("*.vbx"))
    again = call("clean", "--yes", **state)
    assert again.code == 0 and str(office.state) in again.out


def test_a_restore_that_cannot_be_written_names_the_file_that_was_asked_for(
    office: Office, call: Call, tmp_path: Path
) -> None:
    point = points_of(office, call)[0]
    disk = point["disks"][0]["name"]
    missing, endless = tmp_path / "missing", tmp_path / ("x" * 254)
    asked = ("restore", str(office.repository), point["point"], "--disk", disk, "-o")
    called = call(*asked, str(missing / "disk.img"))
    assert called.code == 2 and called.err == f"there is no folder {missing}\n"
    called = call(*asked, str(endless))  # its name, yes; with .part behind it, no
    assert called.code == 4
    assert called.err.startswith(f"{endless}: ") and ".part" not in called.err
