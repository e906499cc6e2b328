"""`vbtui probe` on loopback: every machine of the topology has an address of this one."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

LOOP = f"127.{1 + os.getpid() % 250}"
"""Loopback addresses of this process: tests that run beside each other listen on the same ports."""

TOPOLOGY = """\
version: 1
name: here
zones:
  - {name: lab, cidrs: [LOOP.0.0/24]}
  - {name: esx, cidrs: [LOOP.1.0/24]}
datastores:
  - {name: disks, kind: vmfs, fabric: local}
nodes:
  - {name: server, roles: [backup_server], zone: lab, address: LOOP.0.10, os: windows}
  - {name: centre, roles: [vcenter], zone: lab, address: LOOP.0.20}
  - {name: host, roles: [esxi_host], zone: esx, address: LOOP.1.30, os: esxi, managed_by: centre, datastores: [disks]}
  - {name: px, roles: [proxy], zone: lab, address: LOOP.0.40}
  - {name: repo, roles: [repository], zone: lab, address: LOOP.0.50}
vms:
  - name: guest
    host: host
    zone: lab
    address: LOOP.0.60
    disks: [{name: guest.vmdk, datastore: disks, size: 64MiB}]
firewalls:
  - name: core
    connects: [lab, esx]
    rules:
      - {name: nfc, source: {role: proxy}, destination: {role: esxi_host}, services: [tcp/902], action: allow}
jobs:
  - {name: nightly, vms: [guest], repository: repo}
""".replace("LOOP", LOOP)


@pytest.fixture
def topology(tmp_path: Path) -> Path:
    file = tmp_path / "here.yaml"
    file.write_text(TOPOLOGY, encoding="utf-8")
    return file


@pytest.fixture
def listening() -> Iterator[list[socket.socket]]:
    """The transport services of proxy and repository."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_server((address, 6162))) for address in (f"{LOOP}.0.40", f"{LOOP}.0.50")
        ]


@pytest.mark.usefixtures("listening")
def test_planned_against_observed(call: Call, topology: Path) -> None:
    done = call("probe", str(topology), "--from", "server", "--yes", "--timeout", "5")
    rows = [line.split("  ") for line in done.out.splitlines()]
    results = {row[0].strip(): line for row, line in zip(rows, done.out.splitlines(), strict=True)}
    assert "as planned" in results[f"px {LOOP}.0.40"]
    assert "as planned" in results[f"repo {LOOP}.0.50"]
    assert "refused" in results[f"centre {LOOP}.0.20"]
    assert "differs: nothing listens, or a firewall rejects" in results[f"centre {LOOP}.0.20"]
    assert done.code == 1
    assert "Nothing is sent" in done.err
    assert "does not have" not in done.err


@pytest.mark.usefixtures("listening")
def test_a_saved_probe_is_read_back_by_name_and_answer(call: Call, topology: Path, tmp_path: Path) -> None:
    kept = tmp_path / "seen.json"
    done = call("probe", str(topology), "--from", "server", "--yes", "--save", str(kept), "--format", "json")
    told = json.loads(done.out)
    saved = json.loads(kept.read_text(encoding="utf-8"))
    assert {(one["destination"], one["port"], one["observed"]) for one in told["compared"]} == {
        (one["destination"], one["port"], one["answer"]) for one in saved["observations"]
    }
    assert ("px", 6162, "open") in {(one["destination"], one["port"], one["answer"]) for one in saved["observations"]}
    again = call("probe", str(topology), "--from", "server", "--yes", "--save", str(kept))
    assert (again.code, again.out) == (2, "")
    assert "exists already" in again.err
    assert call("probe", str(topology), "--from", "server", "--yes", "--save", str(kept), "--force").code == 1


def test_where_it_could_not_be_saved_nothing_is_tried(
    call: Call, topology: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    kept = tmp_path / "nowhere" / "seen.json"
    done = call("probe", str(topology), "--from", "server", "--yes", "--save", str(kept))
    assert (done.code, done.out) == (2, "")
    assert "there is no folder" in done.err


def test_a_check_holds_saved_probes_against_its_plan(
    call: Call, topology: Path, tmp_path: Path, listening: list[socket.socket]
) -> None:
    kept = [tmp_path / "server.json", tmp_path / "px.json"]
    for node, file in zip(("server", "px"), kept, strict=True):
        call("probe", str(topology), "--from", node, "--yes", "--save", str(file))
    plan = call("check", str(topology))
    assert plan.code == 0
    done = call("check", str(topology), "--observed", str(kept[0]), "--observed", str(kept[1]))
    assert done.out.startswith(plan.out)
    assert "Planned against observed, from server, px" in done.out
    lines = [line for line in done.out.splitlines() if line.startswith(f"px → host {LOOP}.1.30")]
    assert len(lines) == 1
    assert "differs: nothing listens" in lines[0]
    assert done.code == 1
    told = json.loads(call("check", str(topology), "--observed", str(kept[0]), "--format", "json").out)
    assert {one["result"] for one in told["observed"] if one["port"] == 6162} == {"probe.agrees"}
    assert len(listening) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "seen.json:1:2: this is no JSON document, or only a part of one"),
        ('{"schema": "vbtui-observations", "version": 1, "topology": "there", "source": "px", "observations": []}',
         "was observed for topology there, not for here"),
        ('{"schema": "vbtui-observations", "version": 1, "topology": "here", "source": "sever", "observations": []}',
         "did you mean 'server'?"),
        (None, "seen.json: the file cannot be read"),
    ],
)  # fmt: skip
def test_observations_that_cannot_be_used(
    call: Call, topology: Path, tmp_path: Path, text: str | None, expected: str
) -> None:
    file = tmp_path / "seen.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    done = call("check", str(topology), "--observed", str(file))
    assert (done.code, done.out) == (2, "")
    assert expected in done.err


def test_forms_without_a_place_for_observations(call: Call, topology: Path) -> None:
    done = call("check", str(topology), "--observed", "seen.json", "--format", "sarif")
    assert (done.code, done.out) == (2, "")
    assert "--observed goes with --format table, json, markdown" in done.err


@pytest.mark.usefixtures("listening")
def test_nothing_is_opened_before_somebody_says_yes(
    call: Call, topology: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    done = call("probe", str(topology), "--from", "server")
    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err


def test_another_machine_is_refused(call: Call, topology: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TOPOLOGY.replace(f"{LOOP}.0.10", "192.0.2.10").replace(f"[{LOOP}.0.0/24]", f"[{LOOP}.0.0/24, 192.0.2.0/24]")
    topology.write_text(text, encoding="utf-8")
    connected = []
    connect = socket.socket.connect

    def counted(ours: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address)
        connect(ours, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    done = call("probe", str(topology), "--from", "server", "--yes", "--timeout", "1")
    assert (done.code, done.out, connected) == (2, "", [])
    assert "this machine does not have 192.0.2.10 of server" in done.err
    done = call("probe", str(topology), "--from", "server", "--yes", "--anyway", "--timeout", "1")
    assert done.code == 1
    assert {address[0] for address in connected} <= {f"{LOOP}.0.20", f"{LOOP}.1.30", f"{LOOP}.0.40", f"{LOOP}.0.50"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--from is missing"),
        (("--from", "sever"), "did you mean 'server'?"),
        (("--from", "server", "--job", "nightli"), "did you mean 'nightly'?"),
        (("--from", "server", "--timeout", "0"), "--timeout"),
    ],
)
def test_wrong_questions(call: Call, topology: Path, arguments: tuple[str, ...], expected: str) -> None:
    done = call("probe", str(topology), *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err


def test_lines_for_every_source_host(call: Call, topology: Path) -> None:
    done = call("probe", str(topology), "--lines")
    lines = done.out.splitlines()
    assert f"Test-NetConnection -ComputerName {LOOP}.0.40 -Port 6162  # px, 1.4, 1.5" in lines
    assert any(line.startswith(f"nc -zvw3 {LOOP}.1.30 902  # host") for line in lines)
    assert lines.index("# on px, to be run there: 5 connections") > lines.index("")
    assert done.code == 0


@pytest.mark.usefixtures("listening")
def test_german(call: Call, topology: Path) -> None:
    done = call("probe", str(topology), "--from", "server", "--yes", "--lang", "de")
    assert "wie geplant" in done.out
    assert "Es wird nichts gesendet" in done.err
