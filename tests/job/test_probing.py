"""Real connections on loopback: what each answer is called, and how many are open at a time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from vbtui.job.observations import BadObservationsError, observations_text, read_observations
from vbtui.job.probing import Prober, connect_once, is_local
from vbtui.planning.probe import Answer, Attempt, Observation
from vbtui.vocabulary import Action, Service, StepId

LOOPBACK = ip_address("127.0.0.1")


def attempt(destination: str, port: int) -> Attempt:
    return Attempt(
        destination=destination,
        address=LOOPBACK,
        source_address=LOOPBACK,
        port=port,
        service=Service.parse(f"tcp/{port}"),
        planned=Action.ALLOW,
        on_demand=False,
        steps=(StepId.NETWORK,),
        jobs=("nightly",),
    )


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def test_open_and_nothing_is_sent(listener: socket.socket) -> None:
    assert connect_once("127.0.0.1", port_of(listener), 5) is Answer.OPEN
    accepted, _ = listener.accept()
    with accepted:
        assert accepted.recv(1) == b""  # closed, and not a byte before


def test_refused(listener: socket.socket) -> None:
    port = port_of(listener)
    listener.close()
    assert connect_once("127.0.0.1", port, 5) is Answer.REFUSED


def test_timed_out(listener: socket.socket) -> None:
    """A full queue of connections that nobody accepts: further first packets are dropped, as by a firewall."""
    waiting = []
    try:
        for _ in range(4):
            one = socket.socket()
            waiting.append(one)
            one.settimeout(0.2)
            try:
                one.connect(listener.getsockname())
            except TimeoutError:
                break
        assert connect_once("127.0.0.1", port_of(listener), 0.2) is Answer.TIMED_OUT
    finally:
        for one in waiting:
            one.close()


def test_unreachable() -> None:
    assert connect_once("127.0.0.1", 9, 5, source="192.0.2.1") is Answer.UNREACHABLE


def test_which_addresses_are_ours() -> None:
    assert is_local(LOOPBACK)
    assert not is_local(ip_address("192.0.2.1"))


def test_every_machine_is_tried_one_connection_at_a_time() -> None:
    """The attempts of each machine never overlap, and different machines do."""
    lock, together = threading.Lock(), threading.Barrier(3, timeout=20)
    running: dict[int, int] = {}
    most: dict[int, int] = {}

    def connect(_: str, port: int, *__: object) -> Answer:
        machine = port // 100
        with lock:
            running[machine] = running.get(machine, 0) + 1
            most[machine] = max(most.get(machine, 0), running[machine])
        together.wait()  # all three machines are being tried, or this fails
        with lock:
            running[machine] -= 1
        return Answer.OPEN

    attempts = [attempt(f"m{machine}", machine * 100 + port) for machine in (1, 2, 3) for port in range(4)]
    found = list(Prober("here", 1, connect=connect, local=lambda _: True).observe(attempts))
    assert {(one.destination, one.port) for one in found} == {one.key for one in attempts}
    assert most == {1: 1, 2: 1, 3: 1}


def test_a_closed_prober_opens_nothing_more() -> None:
    """The second attempt is under way when the prober is closed: it ends, and no third begins."""
    tried: list[int] = []

    def connect(_: str, port: int, *__: object) -> Answer:
        tried.append(port)
        if port == 2:
            assert prober.stopped.wait(20)
        return Answer.OPEN

    prober = Prober("here", 1, connect=connect, local=lambda _: True)
    arriving = prober.observe([attempt("m", port) for port in range(1, 2000)])
    next(arriving)
    arriving.close()
    assert tried in ([1], [1, 2])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("probe")]


@pytest.mark.parametrize(
    ("addresses", "expected", "opened"),
    [
        ((), Answer.NAME_NOT_FOUND, False),
        (("192.0.2.7",), Answer.NAME_ELSEWHERE, False),
        (("192.0.2.7", "127.0.0.1"), Answer.OPEN, True),
    ],
)
def test_a_name_must_lead_to_the_file_s_address(addresses: tuple[str, ...], expected: Answer, opened: bool) -> None:
    connected: list[str] = []

    def connect(address: str, *_: object) -> Answer:
        connected.append(address)
        return Answer.OPEN

    prober = Prober("here", 1, by_name=True, connect=connect, resolve=lambda *_: addresses)
    (found,) = prober.observe([attempt("m", 902)])
    assert found.answer is expected
    assert connected == (["127.0.0.1"] if opened else [])


def test_it_connects_from_the_planned_address_if_that_is_here() -> None:
    sources: list[str | None] = []

    def connect(_: str, __: int, ___: float, source: str | None) -> Answer:
        sources.append(source)
        return Answer.OPEN

    for here in (True, False):
        list(Prober("here", 1, connect=connect, local=lambda _, here=here: here).observe([attempt("m", 1)]))  # type: ignore[misc]
    assert sources == ["127.0.0.1", None]


def test_observations_are_read_as_they_were_written(tmp_path: Path) -> None:
    seen = tuple(Observation("px", f"m{port}", port, answer) for port, answer in enumerate(Answer, start=1))
    file = tmp_path / "seen.json"
    file.write_text(observations_text("plan", "px", seen), encoding="utf-8")
    found = read_observations(file)
    assert (found.topology, found.source, found.observations) == ("plan", "px", seen)


GOOD = '{"schema": "vbtui-observations", "version": 1, "topology": "t", "source": "s", "observations": [%s]}'


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "not-json", "1:1"),
        ("[" * 100_000, "not-json", ""),
        ('{"schema": "vbtui-observations", "version": 1, "top', "not-json", "1:48"),
        ("[]", "not-observations", ""),
        ('{"schema": "vbtui-check"}', "not-observations", ""),
        (GOOD.replace("1,", "2,", 1) % "", "other-version", "version"),
        (GOOD.replace('"t"', '"t\\u001b[31m"') % "", "bad-value", "topology"),
        (GOOD.replace("[%s]", "3"), "bad-value", "observations"),
        (GOOD % "7", "bad-value", "observations[0]"),
        (GOOD % '{"destination": "a b", "port": 1, "answer": "open"}', "bad-value", "observations[0].destination"),
        (GOOD % '{"destination": "a", "port": 0, "answer": "open"}', "bad-value", "observations[0].port"),
        (GOOD % '{"destination": "a", "port": true, "answer": "open"}', "bad-value", "observations[0].port"),
        (GOOD % '{"destination": "a", "port": 1, "answer": "yes"}', "bad-value", "observations[0].answer"),
        (GOOD % '{"destination": "a", "port": 1, "answer": ["open"]}', "bad-value", "observations[0].answer"),
    ],
)
def test_a_file_that_is_no_record_of_observations(tmp_path: Path, text: str, code: str, place: str) -> None:
    file = tmp_path / "seen.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadObservationsError) as caught:
        read_observations(file)
    assert (caught.value.code, caught.value.place) == (code, place)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    file.write_bytes((GOOD % "").encode("utf-16"))
    with pytest.raises(BadObservationsError) as caught:
        read_observations(file)
    assert caught.value.code == "not-json"
