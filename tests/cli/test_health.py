"""`health`: damage is named and followed, the catalogue keeps it, and the next run heals it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from restore_chains import read_back, write_point
from restore_points import content_of

from vbtui.engine import Repository
from vbtui.engine.repository.catalogue.health_record import blocks_to_reread

Call = Callable[..., Any]
LETTERS = ["abcrab", "bbcrab", "bbcrad"]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Three points; block 3, which does not compress, is stored in the first only."""
    repository = Repository(tmp_path / "repository")
    parent = None
    for day, letters in enumerate(LETTERS):
        point = f"vm-{day + 1:04}"
        write_point(repository, point, {"disk": content_of(letters)}, parent, created_ms=day)
        parent = point
    return repository


def damage_block_3(repository: Repository) -> int:
    """Flip a bit in the payload of the first point's block 3, found by the documented format; where its record is."""
    path = repository.path / "vm-0001.vbx"
    data = bytearray(path.read_bytes())
    (index,) = struct.unpack_from("<Q", data, len(data) - 128 + 16)
    entry = index + 16 + 64 * 3
    disk, block, kind, _, _, size, offset = struct.unpack_from("<IIBBHIQ", data, entry)
    assert (disk, block, kind) == (0, 3, 1)
    assert size > 4000
    data[offset + 64 + 100] ^= 4
    path.write_bytes(data)
    return int(offset)


def test_a_sound_repository_is_said_to_be(repository: Repository, call: Call) -> None:
    called = call("health", str(repository.path))
    assert (called.code, called.err) == (0, "")
    assert "vm: 3 restore points" in called.out and "nothing damaged" in called.out
    assert "vm: last health check" in call("points", str(repository.path)).out
    assert blocks_to_reread(repository, "vm") == {}


def test_damage_is_named_followed_and_healed_by_the_next_run(repository: Repository, call: Call) -> None:
    offset = damage_block_3(repository)
    assert blocks_to_reread(repository, "vm") == {}  # nobody has looked yet
    called = call("health", str(repository.path))
    assert called.code == 1
    lines = called.out.splitlines()
    assert lines[1:] == [
        f"  vm-0001.vbx, byte {offset}: damaged block data of disk disk, block 3; needed by vm-0001, vm-0002, vm-0003",
        "  cannot be restored whole: vm-0001, vm-0002, vm-0003",
        "  the next run reads 1 block again, and restore points are whole from then on (disk disk: 3)",
    ]
    assert "1 damaged block" not in lines[0]
    listed = call("points", str(repository.path))
    assert listed.code == 1
    assert "3 damaged blocks" in listed.out
    assert [line.endswith("  1 damaged block at the last health check") for line in listed.out.splitlines()].count(
        True
    ) == 3
    again = blocks_to_reread(repository, "vm")
    assert again == {"disk": frozenset({3})}
    content = {"disk": content_of("bbcrae")}
    write_point(repository, "vm-0004", content, "vm-0003", reread=again, created_ms=10)
    assert read_back(repository, "vm-0004") == content
    assert blocks_to_reread(repository, "vm") == {}  # settled by the run, not by another check
    later = call("health", str(repository.path))
    assert later.code == 1
    assert "vm-0004 is whole, and the next run builds on it" in later.out


def test_a_damaged_newest_point_asks_for_a_full_one(repository: Repository, call: Call) -> None:
    for number in (1, 2, 3):
        path = repository.path / f"vm-000{number}.vbx"
        data = bytearray(path.read_bytes())
        data[-140 if number != 1 else 5] ^= 1
        path.write_bytes(data)
    called = call("health", str(repository.path))
    assert called.code == 1
    assert "the next one has to be a full one" in called.out
    assert "vm-0001.vbx: damaged: " in called.out


def test_health_for_a_program(repository: Repository, call: Call) -> None:
    offset = damage_block_3(repository)
    called = call("health", str(repository.path), "--vm", "vm", "--json")
    assert called.code == 1
    document = json.loads(called.out)
    assert document["schema"] == "vbtui-health"
    (found,) = document["vms"]
    assert (found["vm"], found["ok"], found["parent"]) == ("vm", False, "vm-0003")
    assert found["damaged_records"] == [
        {
            "file": "vm-0001.vbx",
            "offset": offset,
            "disk": "disk",
            "block": 3,
            "damage": "payload",
            "affects": ["vm-0001", "vm-0002", "vm-0003"],
        }
    ]
    assert found["reread"] == [{"disk": "disk", "blocks": [3]}]


def test_german_says_the_same(repository: Repository, call: Call) -> None:
    damage_block_3(repository)
    called = call("health", str(repository.path), "--lang", "de")
    assert called.code == 1
    assert "Block 3" in called.out and "vm-0001, vm-0002, vm-0003" in called.out
    assert not any(word in called.out for word in ("damaged", "needed", "block again"))


def test_what_is_not_there_is_said(repository: Repository, call: Call, tmp_path: Path) -> None:
    called = call("health", str(repository.path), "--vm", "nobody")
    assert called.code == 2
    assert "there is no restore point of VM nobody" in called.err
    assert call("health", str(tmp_path / "nowhere")).code == 2
    (tmp_path / "empty").mkdir()
    assert call("health", str(tmp_path / "empty")).code == 0
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_result_that_is_wrong_does_no_harm(repository: Repository, call: Call) -> None:
    """The catalogue only says where to look: what can be read is not read from the VM again."""
    damage_block_3(repository)
    call("health", str(repository.path))
    write_point(repository, "vm-0009", {"disk": content_of("a")}, created_ms=99)  # a new full, and a smaller disk
    assert blocks_to_reread(repository, "vm") == {}
    (repository.path / "catalogue.sqlite").write_bytes(b"garbage")
    assert blocks_to_reread(repository, "vm") == {}


def test_a_synthetic_full_tells_a_program(repository: Repository, call: Call) -> None:
    called = call("synthetic", str(repository.path), "vm-0003", "--json")
    assert (called.code, called.err) == (0, "")
    document = json.loads(called.out)
    assert (document["schema"], document["point"], document["vm"]) == ("vbtui-synthetic", "vm-0003", "vm")
    assert document["written"]["bytes"] == (repository.path / "vm-0003.vbx").stat().st_size
    assert sorted(document["written"]["absorbed"]) == ["vm-0001", "vm-0002"]
    assert json.loads(call("synthetic", str(repository.path), "vm-0003", "--json").out)["written"] is None
