"""`vbtui disk`: a user's images, in both languages, and nothing lost when it goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vmdk_images import GRAIN, SECTOR, descriptor, disk_bytes, run, sparse_file, stream_optimized, tool

from vbtui.cli.disk import FORMATS
from vbtui.engine.disk import NewFormat, VmdkDisk
from vbtui.engine.disk.vmdk import create_child, create_sparse
from vbtui.vocabulary import MiB

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err. The working folder is empty."""


def test_the_formats_of_the_options_are_those_of_the_engine() -> None:
    assert tuple(NewFormat) == FORMATS


def test_a_disk_goes_through_every_format_and_stays_the_same(call: Call) -> None:
    assert call("disk", "create", "disk.img", "--size", "40MiB", "--sample", "3").code == 0
    previous = "disk.img"
    for name, form in (("a.vmdk", "vmdk-sparse"), ("b.vmdk", "vmdk-flat"), ("c.img", "raw")):
        called = call("disk", "convert", previous, name, "--to", form)
        assert (called.code, called.err) == (0, "")
        assert called.out.startswith(f"{name}: ")
        assert "40 MiB" in called.out
        previous = name
        assert call("disk", "compare", "disk.img", name).out == "the disks are equal: 40 MiB\n"
        run(tool("qemu-img"), "compare", "-f", "raw", "-F", "vmdk" if form != "raw" else "raw", "disk.img", name)
    assert call("disk", "create", "disk.vmdk", "--size", "40MiB", "--sample", "3").code == 0
    assert call("disk", "compare", "disk.vmdk", "disk.img").code == 0
    assert {one.name for one in Path().iterdir()} == {
        *("disk.img", "disk.vmdk", "a.vmdk", "b.vmdk", "b-flat.vmdk", "c.img")
    }


def test_a_difference_is_told_and_the_code_is_1(call: Call) -> None:
    for name, content in (("one.img", bytes(MiB)), ("other.img", bytes(5000) + b"A" + bytes(2 * MiB - 5001))):
        Path(name).write_bytes(content)
    called = call("disk", "compare", "one.img", "other.img")
    assert called.code == 1
    assert called.out == (
        "the sizes differ: 1,048,576 B and 2,097,152 B\nthe first difference is at byte 5,000: 0x00 and 0x41\n"
    )
    assert "der erste Unterschied" in call("disk", "compare", "one.img", "other.img", "--lang", "de").out


@pytest.fixture
def chain(call: Call) -> str:  # noqa: ARG001 - it makes the working folder
    """A delta over a sparse image, with a raw-looking name for nothing."""
    Path("base.vmdk").write_bytes(sparse_file({0: b"a" * GRAIN, 3: b"b" * GRAIN}, name="base.vmdk"))
    parent = VmdkDisk(Path("base.vmdk"))
    create_child(Path("child.vmdk"), parent)
    parent.close()
    child = VmdkDisk(Path("child.vmdk"), writable=True)
    child.write(3 * GRAIN, b"c" * GRAIN)
    child.close()
    return "child.vmdk"


def test_info_tells_what_an_image_is_and_what_it_stands_on(call: Call, chain: str) -> None:
    called = call("disk", "info", chain)
    assert called.code == 0
    for part in ("VMDK monolithicSparse", "2 MiB (2,097,152 B)", "64 KiB", "Chain of parents", "base.vmdk", "12345678"):
        assert part in called.out
    german = call("disk", "info", chain, "--lang", "de").out
    assert "Kette der übergeordneten Images" in german
    document = json.loads(call("disk", "info", chain, "--json").out)
    assert document == json.loads(call("disk", "info", chain, "--json", "--lang", "de").out)
    assert (document["schema"], document["bytes"]) == ("vbtui-disk", 2 * MiB)
    own, base = document["chain"]
    assert own["parent_content_id"] == base["content_id"] == "12345678"
    assert (own["own_bytes"]["data"], base["own_bytes"]["data"]) == (GRAIN, 2 * GRAIN)
    assert own["extents"] == [
        {"access": "RW", "bytes": 2 * MiB, "file": "child.vmdk", "offset": 0, "start": 0, "type": "SPARSE"}
    ]
    Path("disk.img").write_bytes(disk_bytes(MiB))
    (layer,) = json.loads(call("disk", "info", "disk.img", "--json").out)["chain"]
    assert (layer["format"], layer["bytes"], layer["content_id"]) == ("raw", MiB, None)


def test_a_delta_is_made_over_an_image_and_reads_as_it(call: Call) -> None:
    assert call("disk", "create", "base.vmdk", "--size", "8MiB", "--sample", "3").code == 0
    Path("vm").mkdir()
    called = call("disk", "create", "child.vmdk", "--parent", "base.vmdk")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith("child.vmdk: VMDK monolithicSparse, 8 MiB")
    assert call("disk", "create", "vm/top.vmdk", "--parent", "child.vmdk", "--within", ".").code == 0
    assert call("disk", "compare", "vm/top.vmdk", "base.vmdk", "--within", ".").code == 0
    run(tool("qemu-img"), "compare", "-f", "vmdk", "-F", "vmdk", "vm/top.vmdk", "base.vmdk")
    info = json.loads(run(tool("qemu-img"), "info", "--backing-chain", "--output=json", "vm/top.vmdk"))
    assert [Path(one["filename"]).name for one in info] == ["top.vmdk", "child.vmdk", "base.vmdk"]
    assert call("disk", "create", "child.vmdk", "--parent", "base.vmdk", "--force").code == 0


def test_a_map_covers_the_disk_and_says_what_is_whose(call: Call, chain: str) -> None:
    document = json.loads(call("disk", "map", chain, "--json").out)
    found = [(one["offset"], one["bytes"], one["kind"], one["depth"]) for one in document["ranges"]]
    assert document["complete"]
    assert found == [
        (0, GRAIN, "data", 1),
        (GRAIN, 2 * GRAIN, "hole", 0),
        (3 * GRAIN, GRAIN, "data", 0),
        (4 * GRAIN, 2 * MiB - 4 * GRAIN, "hole", 0),
    ]
    text = call("disk", "map", chain).out
    assert text.startswith("Ranges of child.vmdk: 4\n")
    assert re.search(r"^0 +65,536 +data \(parent 1\) +\S+base.vmdk +65,536$", text, re.MULTILINE)


def test_a_map_with_too_many_ranges_says_that_it_is_not_all(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vbtui.cli.disk.MOST_RANGES", 3)
    Path("disk.vmdk").write_bytes(sparse_file({0: b"a" * GRAIN, 3: b"b" * GRAIN}))
    assert json.loads(call("disk", "map", "disk.vmdk", "--json").out)["complete"] is False
    assert "the first 3" in call("disk", "map", "disk.vmdk").out


def files() -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in Path().rglob("*") if one.is_file()}


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("create", "x.img", "--size", "64"), "64"),
    (("create", "x.img", "--size", "100B"), "100B"),
    (("create", "x.img", "--size", "65TiB"), "65TiB"),
    (("create", "x.img", "--size", "1MiB", "--format", "vmdk-flat"), ".vmdk"),
    (("create", "x.vmdk", "--size", "1MiB", "--format", "raw"), ".vmdk"),
    (("create", "taken.img", "--size", "1MiB"), "--force"),
    (("create", "split.vmdk", "--size", "1MiB", "--format", "vmdk-flat"), "split-flat.vmdk"),
    (("create", "", "--size", "1MiB"), "''"),
    (("convert", "disk.vmdk", "taken.img", "--to", "raw"), "--force"),
    (("convert", "wrong.vmdk", "new.img", "--to", "raw"), "wrong.vmdk, byte 13824: the place of a grain"),
    (("info", "wrong.img"), "wrong.img"),
    (("map", "wrong.vmdk"), "wrong.vmdk, byte 13824"),
    (("info", "junk.vmdk"), "junk.vmdk:14: a setting"),
    (("info", "leaves.vmdk"), "leaves.vmdk:8: the VMDK names a file outside the folder"),
    (("info", "orphan.vmdk"), "orphan.vmdk:6: the VMDK names a file that is not there: gone.vmdk"),
    (("info", "loop.vmdk"), "loop.vmdk: the chain of parents comes back"),
    (("compare", "disk.vmdk", "closed.vmdk"), "closed.vmdk: the descriptor closes the disk's range from byte 0 on"),
    (("create", "no-folder/x.img", "--size", "1MiB"), "no-folder"),
    (("create", "-", "--size", "1MiB"), "'-'"),
    (
        (
            "create",
            "x.img",
        ),
        "--size",
    ),
    (("create", "x.vmdk", "--parent", "disk.vmdk", "--size", "1MiB"), "--size"),
    (("create", "x.vmdk", "--parent", "disk.vmdk", "--sample", "0"), "--sample"),
    (("create", "x.vmdk", "--parent", "disk.vmdk", "--format", "raw"), "--format"),
    (("create", "x.img", "--parent", "disk.vmdk"), ".vmdk"),
    (("create", "x.vmdk", "--parent", "raw.img"), "raw.img: a parent must be a VMDK"),
    (("create", "x.vmdk", "--parent", "gone.vmdk"), "gone.vmdk"),
    (("create", "sub/x.vmdk", "--parent", "disk.vmdk"), "disk.vmdk: a parent that is not below"),
    (("create", "disk.vmdk", "--parent", "disk.vmdk"), "--force"),
    (("create", "disk.vmdk", "--parent", "disk.vmdk", "--force"), "comes back"),
    (("info", "nothing.vmdk"), "there is no file nothing.vmdk"),
    (("info", "\0"), "'\\x00'"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(one[0]) for one in WRONG])
def test_what_cannot_be_done_is_told_with_its_place_and_nothing_is_left(
    arguments: tuple[str, ...], named: str, call: Call
) -> None:
    create_sparse(Path("disk.vmdk"), MiB)
    for name, text in (
        ("junk.vmdk", descriptor("RW 8 ZERO") + "[red]\x1b[31m\n"),
        ("leaves.vmdk", descriptor('RW 8 FLAT "../x"')),
        ("orphan.vmdk", descriptor("RW 8 ZERO", parent="gone.vmdk", parent_id="1")),
        ("loop.vmdk", descriptor("RW 8 ZERO", parent="loop.vmdk", parent_id="1")),
        ("closed.vmdk", descriptor('NOACCESS 8 FLAT "x"')),
        ("taken.img", "mine"),
        ("split-flat.vmdk", "mine"),
        ("wrong.img", "x"),
    ):
        Path(name).write_text(text)
    Path("wrong.vmdk").write_bytes(sparse_file({0: 2**32 - 1}))
    Path("raw.img").write_bytes(bytes(MiB))
    Path("sub").mkdir()
    before = files()
    for language in ("en", "de"):
        called = call("disk", *arguments, "--lang", language)
        assert (called.code, called.out) == (2, "")
        assert "\x1b" not in called.err
        assert (named in called.err) or language == "de"
    assert files() == before


def test_a_failure_of_the_system_is_about_the_file_that_was_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("vbtui.engine.disk.conversion._sync", full)
    called = call("disk", "create", "x.img", "--size", "1MiB")
    assert called.code == 4
    assert called.err == "x.img: the operating system says: No space left on device\n"
    assert list(Path().iterdir()) == []


def test_a_wider_folder_is_opened_when_the_user_says_so(call: Call) -> None:
    Path("vm").mkdir()
    Path("data").write_bytes(disk_bytes(8 * SECTOR))
    Path("vm/disk.vmdk").write_text(descriptor('RW 8 FLAT "../data"'))
    assert call("disk", "info", "vm/disk.vmdk").code == 2
    assert call("disk", "info", "vm/disk.vmdk", "--within", ".").code == 0
    assert call("disk", "convert", "vm/disk.vmdk", "new.img", "--to", "raw", "--within", ".").code == 0
    assert Path("new.img").read_bytes() == Path("data").read_bytes()


def test_force_replaces_and_a_stream_becomes_a_disk(call: Call) -> None:
    content = disk_bytes(2 * MiB)
    Path("stream.vmdk").write_bytes(stream_optimized(content))
    Path("disk.img").write_bytes(b"old")
    assert call("disk", "convert", "stream.vmdk", "disk.img", "--to", "raw", "--force").code == 0
    assert Path("disk.img").read_bytes() == content


def test_a_conversion_goes_by_the_name_and_a_comparison_tells_a_program(call: Call) -> None:
    assert call("disk", "create", "one.img", "--size", "1MiB", "--sample", "3").code == 0
    assert call("disk", "convert", "one.img", "two.vmdk").code == 0
    assert call("disk", "info", "two.vmdk", "--json").out.count("VMDK monolithicSparse") == 1
    called = call("disk", "compare", "one.img", "two.vmdk", "--json")
    assert (called.code, called.err) == (0, "")
    same = json.loads(called.out)
    assert (same["schema"], same["equal"], same["difference"], same["bytes"]) == (
        "vbtui-compare", True, None, [1048576, 1048576],
    )  # fmt: skip
    data = bytearray(Path("one.img").read_bytes())
    data[700_000] ^= 1
    Path("three.img").write_bytes(data)
    called = call("disk", "compare", "one.img", "three.img", "--json")
    assert called.code == 1
    assert json.loads(called.out)["difference"]["offset"] == 700_000
