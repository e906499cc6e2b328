"""Bad input of every kind: a clear message with its place, exit code 2, no traceback, nothing written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vbtui.topology import resolve

Call = Callable[..., Any]
"""The fixture `call`: arguments of the command line to code, out and err."""

SOUND = resolve("classroom").read_text(encoding="utf-8")


def changed(old: str, new: str) -> bytes:
    assert old in SOUND, f"the classroom has no {old!r} any more"
    return SOUND.replace(old, new, 1).encode()


CASES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": (b" \n\n", "empty"),
    "binary": (bytes(range(256)), "not UTF-8|printed|not YAML"),
    "latin-1": ("name: Fäß\n".encode("latin-1"), "not UTF-8"),
    "not-yaml": (b"a: [1, 2\nb: {", "not YAML"),
    "bracket-bomb": (b"[" * 50_000, "deeper than"),
    "alias-bomb": (b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors|aliases"),
    "tag": (b"a: !!python/object:os.system x\n", "tags"),
    "two-documents": (b"a: 1\n---\nb: 2\n", "second document"),
    "list": (b"- 1\n", "wrong type"),
    "duplicate-key": (b"version: 1\nversion: 1\n", "twice"),
    "unknown-key": (changed("zones:", "zonen:"), "did you mean 'zones'"),
    "wrong-type": (changed("task_slots: 4", "task_slots: four"), "wrong type"),
    "port": (changed("[tcp/902]", "[tcp/70000]"), "port"),
    "host-bits": (changed("10.10.0.0/24", "10.10.0.1/24"), "prefix"),
    "markup": (changed("name: esx01", 'name: "[bold]esx01"'), r"\[bold\]esx01"),
    "escape": (changed("name: esx01", 'name: "\\e[2Jesx01"'), r"\\x1b\[2Jesx01"),
    "job-without-vms": (
        SOUND[: SOUND.index("    vms:\n      - sql01")].encode()
        + b"    vms: []\n"
        + SOUND[SOUND.index("    repository: repo01") :].encode(),
        "too few",
    ),
    "unknown-zone": (changed("destination: {zone: lan}", "destination: {zone: lann}"), "did you mean 'lan'"),
    "zone-without-path": (
        changed("[management, backup, esx, lan, dmz]", "[management, backup, lan, dmz]"),
        "zone esx has no path to any other|Zone esx hat keinen Pfad",
    ),
    "unknown-host": (changed("host: esx02\n", "host: esx09\n"), "no ESXi host of this name|no .* of this name"),
    "address-outside": (changed("address: 10.40.0.21", "address: 10.99.0.21"), "outside zone lan"),
}


@pytest.mark.parametrize("command", ["validate", "play", "check", "ports"])
@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_is_refused_with_its_place(case: str, command: str, call: Call, tmp_path: Path) -> None:
    content, message = CASES[case]
    file = tmp_path / "bad.yaml"
    file.write_bytes(content)
    for language in ("en", "de"):
        called = call(command, str(file), "--lang", language)
        assert called.code == 2
        assert called.out == ""
        assert "Traceback" not in called.err
        assert all(line.isprintable() for line in called.err.splitlines())
        place = r"" if case in ("empty", "blank") else r":\d+:\d+"
        assert re.match(rf"{re.escape(str(file))}{place}: ", called.err), called.err
        if language == "en":
            assert re.search(message, called.err), called.err
    assert list(Path.cwd().iterdir()) == []
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("command", ["play", "check"])
def test_two_zones_without_a_path_between_them_are_a_verdict_and_no_error(
    command: str, call: Call, tmp_path: Path
) -> None:
    """The hosts' zone is joined to a zone of its own only, so the proxies have no way there."""
    file = tmp_path / "islands.yaml"
    text = changed("[management, backup, esx, lan, dmz]", "[management, backup, lan, dmz]").decode()
    text = text.replace("\nzones:\n", "\nzones:\n  - {name: nowhere, cidrs: [10.99.0.0/24]}\n")
    text = text.replace("\nfirewalls:\n", "\nfirewalls:\n  - {name: island, connects: [esx, nowhere]}\n")
    file.write_text(text, encoding="utf-8")
    assert call("validate", str(file)).code == 0
    for language, words in (("en", "no path between the zones"), ("de", "kein Pfad zwischen den Zonen")):
        called = call(command, str(file), "--lang", language)
        assert called.code == 1
        assert "Traceback" not in called.err
        assert words in called.out


PATHS = [
    "missing.yaml",
    "./missing",
    "/",
    "nowhere/at/all.yaml",
    "x\0y.yaml",
    "a" * 5000 + ".yaml",
    "/dev/null",
    "clasroom",
]


@pytest.mark.parametrize("command", ["validate", "play", "check"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:12]))
def test_what_is_no_file_is_refused(path: str, command: str, call: Call) -> None:
    called = call(command, path)
    assert called.code == 2
    assert called.out == ""
    assert called.err and "Traceback" not in called.err
    assert all(line.isprintable() for line in called.err.splitlines())


def test_all_problems_of_all_files_are_listed_at_once(call: Call, tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_bytes(changed("10.10.0.0/24", "10.10.0.1/24").replace(b"task_slots: 4", b"task_slots: four"))
    other.write_bytes(b"")
    called = call("validate", str(one), "classroom", str(other))
    assert called.code == 2
    assert called.err.count("one.yaml:") >= 2 and called.err.count("other.yaml:") == 1
    assert called.out.startswith("classroom: ok")


USAGE = [
    (("plya",), "play"),
    (("play", "--stpe", "1.0"), "--step"),
    (("play", "classroom", "extra"), "extra"),
    (("play", "--lang", "fr"), "en, de"),
    (("play", "--profile", "v99"), "diagram, v12, v13"),
    (("play", "--job", "dialy", "--plain"), "did you mean 'daily'"),
    (("play", "--step", "9.9", "--plain"), "5.3"),
    (("play", "--step", "2.9"), "did you mean"),
    (("play", "--plain", "--json"), "--json"),
    (("play", "--step", "1.0", "--json"), "--json"),
    (("play", "--change", "nonsense", "--plain"), "nonsense"),
    (("play", "--change", "job/6/never:failover=off", "--plain"), "job/6/never"),
    (("play", "--change", "job/1.0/start:rule=core,nope,off", "--plain"), "nope"),
    (("play", "--run", "missing.jsonl"), "missing.jsonl"),
    (("play", "--run", "missing.jsonl", "--job", "daily"), "--job"),
    (("play", "--run", "missing.jsonl", "--change", "job/6/result:failover=off"), "--change"),
    (("check",), "topology"),
    (("check", "classroom", "--fail-on", "never"), "fallback"),
    (("explain", "classroom", "vbr0", "repo01", "tcp/6162"), "did you mean 'vbr01'"),
    (("explain", "classroom", "vbr01", "repo01", "tcp/70000"), "tcp/70000"),
    (("explain", "classroom", "vbr01", "repo01", "transprot"), "did you mean 'transport'"),
    (("backup", "classroom"), "--repo"),
    (("points", "missing"), "missing"),
    (("verify", "missing"), "missing"),
    (("restore", "missing", "p", "--disk", "d", "-o", "x"), "missing"),
    (("explain", "classroom", "\x1b[2J", "repo01", "tcp/1"), "\\x1b"),
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("arguments", "named"), USAGE, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_a_wrong_command_line_says_what_is_wrong(
    arguments: tuple[str, ...], named: str, language: str, call: Call
) -> None:
    called = call(*arguments, VBTUI_LANG=language)
    assert called.code == 2
    assert called.out == ""
    found = called.err if language == "en" else called.err.replace("meinten Sie", "did you mean")
    assert named.lower() in found.lower(), called.err
    assert all(line.isprintable() for line in called.err.splitlines())
    assert list(Path.cwd().iterdir()) == []
