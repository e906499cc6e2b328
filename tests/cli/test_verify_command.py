"""`verify`: what is damaged is named with disk, block, file and byte; what the guest left is told if somebody asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from restore_chains import write_point
from restore_points import BLOCK, content_of

from vbtui.engine import Guest, LiveDisk, Repository, SampleSpec, write_sample
from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.guest import GuestWrite
from vbtui.engine.guest.application import WriteKind
from vbtui.vocabulary import MiB

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err. The working folder is empty."""

SYSTEM, DATA = content_of("abQdr.ea"), content_of("xyz")


@pytest.fixture
def store(call: Call) -> Path:  # noqa: ARG001 - for its working folder
    repository = Repository(Path("r"))
    write_point(repository, "p1", {"system": content_of("abcdr.ea")})
    write_point(repository, "p2", {"system": SYSTEM, "data": DATA}, "p1")
    return repository.path


def flip(store: Path, point: str, block: int) -> int:
    """Flip a bit of a block's record of the first disk, in the file that has it; the byte at which it begins."""
    with Repository(store).open_chain(point) as chain:
        owner, record = chain.locate(0, block)
    data = bytearray(owner.path.read_bytes())
    data[record.offset + HEAD_SIZE] ^= 1
    owner.path.write_bytes(data)
    return record.offset


def test_whole_points_are_said_to_be_whole(store: Path, call: Call) -> None:
    called = call("verify", str(store))
    assert (called.code, called.err) == (0, "")
    first, second = called.out.splitlines()
    assert first.startswith("p1: whole, 8 blocks of its disks, ") and second.startswith(
        "p2: whole, 11 blocks of its disks, "
    )
    assert call("verify", str(store), "p2").out == second + "\n"
    called = call("verify", str(store), "p2", "--shallow")
    assert called.code == 0
    assert called.out.startswith("p2: stored as it was written, 11 blocks of its disks, ")
    assert called.out.endswith("; contents not compared\n")


def test_a_damaged_block_is_named_in_every_point_that_needs_it(store: Path, call: Call) -> None:
    at = flip(store, "p2", 0)  # as in the full, and once more at the end of the disk
    called = call("verify", str(store))
    assert called.code == 1
    assert called.out.splitlines() == [
        line
        for point in ("p1", "p2")
        for line in (
            f"{point}: disk system, block 0: damaged block data (p1.vbx, byte {at})",
            f"{point}: disk system, block 7: damaged block data (p1.vbx, byte {at})",
            f"{point}: 2 blocks cannot be restored; 'vbtui restore --salvage' restores everything else",
        )
    ]


def test_a_document_for_a_program(store: Path, call: Call) -> None:
    whole = json.loads(call("verify", str(store), "--json").out)
    assert (whole["schema"], whole["version"]) == ("vbtui-verify", 1)
    assert [(one["point"], one["file"], one["ok"], one["deep"]) for one in whole["points"]] == [
        ("p1", "p1.vbx", True, True),
        ("p2", "p2.vbx", True, True),
    ]
    at = flip(store, "p2", 2)
    called = call("verify", str(store), "--json")
    assert called.code == 1
    first, second = json.loads(called.out)["points"]
    assert first["ok"] and first["damaged"] == []
    assert second["damaged"] == [{"disk": "system", "block": 2, "damage": "payload", "point": "p2", "offset": at}]
    (store / "p1.vbx").unlink()
    called = call("verify", str(store), "p2", "--json")
    assert called.code == 1
    (alone,) = json.loads(called.out)["points"]
    assert alone["broken"] == {"point": "p2", "parent": "p1", "reason": "missing"}
    assert call("verify", str(store.parent / "here"), "--json").code == 2


def test_a_damaged_file_is_named_in_the_points_that_build_on_it(store: Path, call: Call) -> None:
    path = store / "p1.vbx"
    with Repository(store).open("p1") as point:
        page, footer = point.page_offset(0), point.footer.metadata_offset
    data = bytearray(path.read_bytes())
    data[footer + 2] ^= 1
    path.write_bytes(data)
    called = call("verify", str(store))
    assert called.code == 1
    assert called.out.splitlines() == [
        "p1: damaged description (p1.vbx)",
        "p2: builds on a file with a damaged description (p1.vbx)",
    ]
    data[page + 40] ^= 1
    path.write_bytes(data)
    called = call("verify", str(store), "p2")
    assert "p2: builds on a file with a damaged index (p1.vbx)" in called.out
    assert f"p2: disk system, block 1: damaged index (p1.vbx, byte {page})" in called.out
    data[:8] = bytes(8)
    path.write_bytes(data)
    called = call("verify", str(store), "p2")
    assert called.code == 1
    assert "the parent 'p1' of 'p2'" in called.out
    assert "nothing of it can be restored until that file is in the folder again as it was" in called.out


def test_a_file_that_was_renamed_is_said_to_have_another_name(store: Path, call: Call) -> None:
    (store / "p1.vbx").rename(store / "old.vbx")
    name = "file name (not that of the restore point in it)"
    assert f"damaged: {name}" in call("points", str(store)).out
    called = call("verify", str(store))
    assert called.code == 1
    assert f"old: damaged {name} (old.vbx)" in called.out.splitlines()
    called = call("restore", str(store), "old", "-o", "out")
    assert (called.code, called.err) == (
        1, f"{store / 'old.vbx'} cannot be used as a restore point: its {name} is damaged\n",
    )  # fmt: skip


def test_nothing_to_verify_and_nothing_by_that_name(call: Call) -> None:
    Path("r").mkdir()
    assert call("verify", "r").out == "there are no restore points in r\n"
    assert json.loads(call("verify", "r", "--json").out)["points"] == []
    called = call("verify", "r", "no\x1b")
    assert (called.code, called.err) == (2, "there is no restore point 'no\\x1b'\n")


def guest_disk(folder: Path, *, frozen: bool) -> tuple[bytes, GuestWrite, int]:
    """A disk as a snapshot saw it while the guest was frozen, or in the middle of its fifth transaction.

    With it a page that the guest had written in place, and how many transactions it had committed.
    """
    image = folder / "disk.img"
    write_sample(image, SampleSpec("disk.img", 4 * MiB, 1))
    disk = LiveDisk(image)
    there, go_on = threading.Event(), threading.Event()
    in_place: list[GuestWrite] = []

    def hold(write: GuestWrite) -> None:
        if write.kind is WriteKind.PAGE:
            in_place.append(write)
        if write.kind is WriteKind.RECORD and write.transaction == 5:
            there.set()
            if not frozen:
                go_on.wait(20)

    guest = Guest({"disk": disk}, 1, interval=0, on_write=hold)
    guest.start()
    assert there.wait(20)
    if frozen:
        guest.freeze()
    snapshot, committed, page = disk.create_snapshot(), guest.transactions, in_place[-1]
    guest.release()
    go_on.set()
    guest.stop()
    content = bytearray(snapshot.size)
    snapshot.read_into(0, memoryview(content))
    disk.commit()
    disk.close()
    return bytes(content), page, committed


@pytest.mark.parametrize("frozen", [True, False])
def test_the_state_of_the_guest_is_told_from_the_point(call: Call, tmp_path: Path, frozen: bool) -> None:
    content, _, committed = guest_disk(tmp_path, frozen=frozen)
    write_point(Repository(Path("r")), "p1", {"disk": content, "empty": bytes(BLOCK)})
    called = call("verify", "r", "--guest")
    state = json.loads(call("verify", "r", "--guest", "--json").out)["points"][0]["guest"]
    assert called.code == 0
    if frozen:
        assert "p1: application-consistent: " in called.out
        assert (state["consistency"], state["committed"], state["in_flight"]) == ("application", committed, 0)
    else:
        assert "p1: crash-consistent: " in called.out
        assert (state["consistency"], state["committed"], state["in_flight"]) == ("crash", 4, 1)
    alone = call("verify", "r").out
    assert "p1: whole" in alone and "consistent" not in alone


def test_a_guest_that_no_moment_explains_counts_as_damage(call: Call, tmp_path: Path) -> None:
    content, page, _ = guest_disk(tmp_path, frozen=True)
    wrong = content[: page.offset] + bytes(len(page.data)) + content[page.offset + len(page.data) :]
    write_point(Repository(Path("r")), "p1", {"disk": wrong})
    called = call("verify", "r", "--guest")
    assert called.code == 1
    assert "p1: whole" in called.out and "p1: broken: " in called.out
    assert f"p1: disk, byte {page.offset:,}: not what transaction" in called.out


def test_a_point_without_a_guest_says_so_and_a_damaged_one_is_not_asked(call: Call) -> None:
    write_point(Repository(Path("r")), "p1", {"disk": SYSTEM})
    called = call("verify", "r", "--guest")
    assert called.code == 0
    assert "p1: no ledger of an application on it" in called.out
    flip(Path("r"), "p1", 1)
    called = call("verify", "r", "--guest")
    assert called.code == 1
    assert "p1: the guest's application cannot be looked at as long as blocks are damaged" in called.out
