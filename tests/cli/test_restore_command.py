"""`restore`: from the words of the command line to an image, or to a sentence that says why there is none."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE, joined, outlasting
from restore_chains import write_point
from restore_points import BLOCK, content_of

from vbtui.cli.disk import FORMATS
from vbtui.engine import Repository
from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.disk import NewFormat, open_image
from vbtui.engine.repository.layout import FOOTER_SIZE, SUFFIX, Footer
from vbtui.render import point_texts

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err. The working folder is empty."""

SYSTEM, DATA = content_of("abQdr.e") + bytes(8 * BLOCK), content_of("xyz")


@pytest.fixture
def store(call: Call) -> Path:  # noqa: ARG001 - for its working folder
    """Two points, the newer building on the older; two disks, the second only in the newer."""
    repository = Repository(Path("r"))
    write_point(repository, "p1", {"system": content_of("abcdr.e") + bytes(8 * BLOCK)})
    write_point(repository, "p2", {"system": SYSTEM, "data": DATA}, "p1")
    return repository.path


def break_block(store: Path, block: int) -> tuple[str, int]:
    """Flip a bit of a block of the system disk; the file and the byte at which it will be said to be damaged."""
    with Repository(store).open_chain("p2") as chain:
        point, record = chain.locate(0, block)
    data = bytearray(point.path.read_bytes())
    data[record.offset + HEAD_SIZE] ^= 1
    point.path.write_bytes(data)
    return point.path.name, record.offset


def view(path: str) -> bytes:
    image = open_image(Path(path))
    data = bytearray(image.size)
    image.read_into(0, memoryview(data))
    image.close()
    return bytes(data)


def files() -> set[str]:
    return {one.name for one in Path().iterdir()} - {"r"}


def test_the_command_knows_the_engine_s_words() -> None:
    assert set(FORMATS) == {str(form) for form in NewFormat}
    assert point_texts.SUFFIX == SUFFIX


def test_the_only_disk_needs_no_name_and_one_of_several_does(store: Path, call: Call) -> None:
    called = call("restore", str(store), "p1", "-o", "out")
    assert (called.code, called.err) == (0, "")
    assert called.out == f"out: {len(SYSTEM) // 1024} KiB restored, 24 KiB of it data\n"
    assert view("out") == content_of("abcdr.e") + bytes(8 * BLOCK)
    called = call("restore", str(store), "p2", "-o", "other")
    assert (called.code, called.out) == (2, "")
    assert called.err == "choose a disk with --disk; the point has system, data\n"
    called = call("restore", str(store), "p2", "--disk", "dato", "-o", "other")
    assert called.code == 2
    assert called.err == "the point has no disk 'dato'; it has system, data (did you mean 'data'?)\n"
    assert files() == {"out"}


@pytest.mark.parametrize(
    ("name", "words", "form"),
    [
        ("out.img", (), "raw"),
        ("out.vmdk", (), "vmdk-sparse"),
        ("out.vmdk", ("--format", "vmdk-sparse"), "vmdk-sparse"),
        ("out.VMDK", ("--format", "vmdk-flat"), "vmdk-flat"),
        ("out", ("--format", "raw"), "raw"),
    ],
)
def test_the_format_goes_by_the_name_or_by_what_is_said(
    store: Path, call: Call, name: str, words: tuple[str, ...], form: str
) -> None:
    called = call("restore", str(store), "p2", "--disk", "system", "-o", name, *words, "--json")
    assert called.code == 0
    document = json.loads(called.out)
    assert (document["schema"], document["version"], document["restored"]) == ("vbtui-restore", 1, True)
    assert (document["point"], document["disk"], document["file"]) == ("p2", "system", name)
    assert (document["format"], document["bytes"], document["data_bytes"]) == (form, len(SYSTEM), 6 * BLOCK)
    assert (document["offset"], document["damaged"]) == (0, [])
    assert view(name) == SYSTEM


def test_a_range_is_written_alone(store: Path, call: Call) -> None:
    asked = ("restore", str(store), "p2", "--disk", "system", "-o", "out")
    assert call(*asked, "--range", "4KiB:8KiB").code == 0
    assert view("out") == SYSTEM[BLOCK : 3 * BLOCK]
    assert call(*asked, "--range", "4095:3", "--force").code == 0
    assert Path("out").read_bytes() == SYSTEM[BLOCK - 1 : BLOCK + 2]
    assert call(*asked, "--range", "0:60KiB", "--force").code == 0
    assert view("out") == SYSTEM


@pytest.mark.parametrize(
    ("area", "said"),
    [
        ("", "--range must be OFFSET:LENGTH, such as 1GiB:64MiB, found "),
        ("1", "--range must be OFFSET:LENGTH, such as 1GiB:64MiB, found 1"),
        ("1:", "--range must be OFFSET:LENGTH"),
        (":1", "--range must be OFFSET:LENGTH"),
        ("0:0", "--range must be OFFSET:LENGTH"),
        ("-1:1", "--range must be OFFSET:LENGTH"),
        ("1MB:1", "--range must be OFFSET:LENGTH"),
        ("1:2:3", "--range must be OFFSET:LENGTH"),
        ("1.5KiB:1", "--range must be OFFSET:LENGTH"),
        ("²:1", "--range must be OFFSET:LENGTH"),
        ("9" * 5000 + ":1", "--range must be OFFSET:LENGTH"),
        ("\x1b[31m:1", "found \\x1b[31m:1"),
        ("0:61KiB", "disk 'system' has 61440 bytes; it has no 62464 bytes from byte 0 on"),
        ("1TiB:1", "disk 'system' has 61440 bytes; it has no 1 bytes from byte 1099511627776 on"),
    ],
)
def test_a_range_that_is_none_is_refused(store: Path, call: Call, area: str, said: str) -> None:
    called = call("restore", str(store), "p2", "--disk", "system", "-o", "out", f"--range={area}")
    assert (called.code, called.out) == (2, "")
    assert said in called.err and called.err.count("\n") == 1
    assert files() == set()


def test_what_does_not_go_together_is_refused(store: Path, call: Call) -> None:
    Path("there").write_text("mine")
    Path("folder").mkdir()
    asked = ("restore", str(store), "p2", "--disk", "system")
    for words, said in (
        (("-o", "a.qcow2"), "a.qcow2: qcow2 is not written here"),
        (("-o", "a.vmdk", "--format", "raw"), "a.vmdk: the name of a raw image must not end in .vmdk"),
        (("-o", "a.img", "--format", "vmdk-sparse"), "a.img: the name of a VMDK must end in .vmdk"),
        (("-o", "a.vmdk", "--range", "0:100"), "--range: a VMDK holds whole sectors of 512 bytes, found 0:100"),
        (("-o", "there"), "there exists already; --force replaces it"),
        (("-o", "folder", "--force"), "folder is a folder, not a file"),
        (("-o", "no/out"), "there is no folder no"),
        (("-o", "-"), "is no name of a file"),
        (("-o", "a\0b"), "is no name of a file"),
        (("-o", "a", "--format", "qcow2"), "expected one of raw, vmdk-sparse, vmdk-flat"),
        ((), "-o / --output is missing"),
    ):
        called = call(*asked, *words)
        assert (called.code, called.out) == (2, ""), words
        assert said in called.err, called.err
    assert files() == {"there", "folder"}
    assert Path("there").read_text() == "mine"


@pytest.mark.parametrize("name", ["r/p1.vbx", "r/new.vbx", "r/P.VBX", "r/catalogue.sqlite", "link"])
def test_a_restore_replaces_nothing_of_the_repository(store: Path, call: Call, name: str) -> None:
    Path("link").symlink_to(store.resolve() / "p1.vbx")
    before = {one.name: one.read_bytes() for one in store.iterdir()}
    called = call("restore", str(store), "p2", "--disk", "system", "-o", name, "--force")
    assert (called.code, called.out) == (2, "")
    assert called.err == f"{name} has the name of a file of the repository; choose another\n"
    assert {one.name: one.read_bytes() for one in store.iterdir()} == before


def test_damage_is_named_and_nothing_is_written_unless_it_is_to_be_salvaged(store: Path, call: Call) -> None:
    places = [break_block(store, block) for block in (0, 2)]
    assert [name for name, _ in places] == ["p1.vbx", "p2.vbx"]
    asked = ("restore", str(store), "p2", "--disk", "system", "-o", "out")
    called = call(*asked)
    assert (called.code, called.out) == (1, "")
    assert called.err.splitlines() == [
        f"disk system, block 0: damaged block data (p1.vbx, byte {places[0][1]})",
        f"disk system, block 2: damaged block data (p2.vbx, byte {places[1][1]})",
        "--salvage restores all other blocks and fills these with zeros",
        "nothing was restored from 'p2'; damaged blocks: 2",
    ]
    assert files() == set()
    refused = json.loads(call(*asked, "--json").out)
    assert (refused["restored"], refused["bytes"]) == (False, 0)
    assert [one["block"] for one in refused["damaged"]] == [0, 2]
    called = call(*asked, "--salvage")
    assert called.code == 1
    assert called.out.splitlines()[-1] == "out: 2 damaged blocks are zeros"
    assert view("out") == bytes(BLOCK) + SYSTEM[BLOCK : 2 * BLOCK] + bytes(BLOCK) + SYSTEM[3 * BLOCK :]
    # What is not harmed can be had without being salvaged.
    assert call(*asked, "--range", "4KiB:4KiB", "--force").code == 0


def test_what_was_salvaged_from_a_file_that_contradicts_itself_is_said_to_be_doubtful(store: Path, call: Call) -> None:
    path = store / "p1.vbx"
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    path.write_bytes(data[:-FOOTER_SIZE] + replace(footer, content_root=bytes(32)).pack())
    assert call("restore", str(store), "p1", "-o", "out").code == 1
    assert files() == set()
    called = call("restore", str(store), "p1", "-o", "out", "--salvage")
    assert called.code == 1
    assert called.out.endswith("damaged structure (p1.vbx): the disk may not be what was backed up\n")
    document = json.loads(call("restore", str(store), "p1", "-o", "out", "--salvage", "--force", "--json").out)
    assert (document["damaged"], document["structure"]) == ([], [{"damage": "structure", "point": "p1"}])


def test_a_chain_that_is_broken_is_said(store: Path, call: Call) -> None:
    (store / "p1.vbx").unlink()
    for words in ((), ("--salvage",)):
        called = call("restore", str(store), "p2", "--disk", "system", "-o", "out", *words)
        assert (called.code, called.out) == (1, "")
        assert "the parent 'p1' of 'p2'" in called.err
    assert files() == set()


def test_names_out_of_files_are_shown_and_change_no_terminal(call: Call) -> None:
    with pytest.raises(ValueError):  # no file has them if it was written here
        write_point(Repository(Path("r")), "p1", {"\x1b[31mred": b"x" * BLOCK})
    write_point(Repository(Path("r")), "p2", {"{disk} [red]": b"x" * BLOCK, "other": b"y" * BLOCK})
    called = call("restore", "r", "p2", "--disk", "\x1b[31m", "-o", "out")
    assert "\x1b" not in called.err and "{disk} [red], other" in called.err
    called = call("restore", "r", "p2", "--disk", "{disk} [red]", "-o", "out {file} [b]\x1b")
    assert called.code == 0
    assert called.out.startswith("out {file} [b]\\x1b: 4 KiB restored")


def test_german_says_the_same_in_german(store: Path, call: Call) -> None:
    break_block(store, 0)
    called = call("restore", str(store), "p2", "--disk", "system", "-o", "out", "--lang", "de")
    assert "Festplatte system, Block 0: beschädigt: " in called.err
    help_text = call("restore", "--help", "--lang", "de").out
    assert "Nur diese Bytes der Festplatte" in help_text and "An die Stelle beschädigter Blöcke" in help_text


def test_a_terminal_shows_a_bar_with_bytes_speed_and_time(store: Path) -> None:
    code, shown = on_a_terminal("restore", str(store), "p2", "--disk", "system", "-o", "out [red]")
    assert code == 0
    assert "out [red]" in shown and "24.6/24.6 kB" not in shown
    assert re.search(r"24\.0/24\.0 (KiB|kB)", shown) and re.search(r"(/s|\?)", shown) and "0:00:00" in shown
    assert view("out [red]") == SYSTEM
    code, shown = on_a_terminal("verify", str(store), "p2")
    assert code == 0
    assert "p2" in shown and "0:00:00" in shown and "p2: whole" in shown


def on_a_terminal(*words: str) -> tuple[int, str]:
    """The exit code and all that a command shows to somebody who sits at a terminal."""
    controller, terminal = pty.openpty()
    shown: list[bytes] = []

    def listen() -> None:
        while True:
            try:
                data = os.read(controller, 4096)
            except OSError:  # the last one has hung up
                return
            if not data:
                return
            shown.append(data)

    command = [sys.executable, "-c", "from vbtui.cli.entry import main; main()", *words]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LANG": "C.UTF-8", "VBTUI_LANG": "en"}
    listener = threading.Thread(target=listen)
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment)
    with outlasting(process):
        os.close(terminal)
        listener.start()
        code = process.wait(PATIENCE)
    joined([listener])
    os.close(controller)
    return code, b"".join(shown).decode()
