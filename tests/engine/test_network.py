"""A blocked connection touches nothing, every listener is loopback, and closing leaves nothing behind."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading

import pytest
from patience import PATIENCE

from vbtui.engine import Blocked, LoopbackNetwork
from vbtui.engine.errors import AlreadyListening, NetworkClosed, NotListening, PeerLost
from vbtui.engine.wire import receive, send_all
from vbtui.vocabulary import Connection, Service

NFC = Service.parse("tcp/902")
TO_HOST = Connection("px", "host", NFC)


def echo(sock: socket.socket) -> None:
    send_all(sock, receive(sock, 5))


def test_a_permitted_connection_reaches_its_listener_and_both_ends_are_counted(network: LoopbackNetwork) -> None:
    network.listen("host", NFC, echo)
    with network.connect(TO_HOST) as sock:
        assert sock.getpeername() == ("127.0.0.1", network.port("host", NFC))
        send_all(sock, b"he", b"", b"llo")
        assert receive(sock, 5) == b"hello"
    assert network.accepted("host", NFC) == network.connected(TO_HOST) == 1
    assert network.failures == ()


BLOCKED_RUN = """
import json, sys
events = []
sys.addaudithook(lambda name, args: events.append(name) if name.startswith("socket.") else None)
from vbtui.engine import *
from vbtui.vocabulary import Connection, Service
nfc, data, allowed = Service.parse("tcp/902"), Service.parse("tcp/2500"), sys.argv[1] == "allowed"
with LoopbackNetwork(lambda connection: allowed) as network:
    server = NbdServer(network, "host", nfc)
    server.add_export("vm.vmx", TextExport("x"))
    RepositoryDataMover(network, "repo").listen(data)
    listening = events.count("socket.bind")
    blocked = 0
    for ask in (lambda: read_configuration(network, Connection("px", "host", nfc), "vm.vmx"),
                lambda: list_exports(network, Connection("px", "host", nfc)),
                lambda: network.connect(Connection("px", "repo", data)).close()):
        try:
            ask()
        except Blocked:
            blocked += 1
    accepts = network.accepted("host", nfc) + network.accepted("repo", data)
    opened = events.count("socket.__new__") - 2
print(json.dumps({"blocked": blocked, "connects": events.count("socket.connect"), "listening": listening,
                  "binds": events.count("socket.bind"), "opened": opened, "accepts": accepts}))
"""


def audited(mode: str) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED_RUN, mode], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    result: dict[str, int] = json.loads(done.stdout)
    return result


def test_a_blocked_connection_makes_no_socket_no_connect_and_no_accept() -> None:
    counts = audited("blocked")
    assert counts == {"blocked": 3, "connects": 0, "listening": 2, "binds": 2, "opened": 0, "accepts": 0}


def test_the_audit_would_have_seen_it() -> None:
    counts = audited("allowed")
    assert counts["blocked"] == 0
    assert counts["connects"] == 3
    assert counts["accepts"] >= 2


def test_the_permit_is_asked_before_anything_else_even_without_a_listener() -> None:
    with LoopbackNetwork(lambda connection: connection.source == "px") as network:
        with pytest.raises(Blocked) as blocked:
            network.connect(Connection("other", "host", NFC))
        assert blocked.value.connection == Connection("other", "host", NFC)
        with pytest.raises(NotListening):
            network.connect(TO_HOST)
        assert network.connected(TO_HOST) == 0


def test_a_listener_ends_and_its_place_is_free_again(network: LoopbackNetwork) -> None:
    network.listen("host", NFC, echo)
    with pytest.raises(AlreadyListening):
        network.listen("host", NFC, echo)
    assert network.listening("host", NFC)
    network.unlisten("host", NFC)
    network.unlisten("host", NFC)
    assert not network.listening("host", NFC)
    with pytest.raises(NotListening):
        network.connect(TO_HOST)
    network.listen("host", NFC, echo)
    network.connect(TO_HOST).close()


def test_a_stranger_is_not_served_unless_the_listener_says_so(network: LoopbackNetwork) -> None:
    network.listen("host", NFC, echo)
    network.listen("open", NFC, echo, foreign=True)
    with socket.create_connection(("127.0.0.1", network.port("host", NFC)), timeout=5) as stranger:
        assert stranger.recv(1) == b""
    assert network.accepted("host", NFC) == 0
    with socket.create_connection(("127.0.0.1", network.port("open", NFC)), timeout=5) as stranger:
        stranger.sendall(b"hello")
        assert stranger.recv(5) == b"hello"


def test_a_handler_that_fails_is_reported_and_hurts_nobody_else(network: LoopbackNetwork) -> None:
    ended = threading.Event()

    def fail(_sock: socket.socket) -> None:
        ended.set()
        raise RuntimeError("broken handler")

    network.listen("host", NFC, fail)
    with network.connect(TO_HOST) as sock, pytest.raises(PeerLost):
        receive(sock, 1)
    assert ended.wait(5)
    network.close()
    assert [(f.node, f.service, str(f.error)) for f in network.failures] == [("host", NFC, "broken handler")]


def test_close_wakes_everybody_who_waits_and_refuses_newcomers() -> None:
    network = LoopbackNetwork(lambda _: True)
    network.listen("host", NFC, echo)
    waiting = network.connect(TO_HOST)
    lost = threading.Event()

    def wait() -> None:
        try:
            receive(waiting, 1)
        except PeerLost:
            lost.set()

    thread = threading.Thread(target=wait)
    thread.start()
    network.close()
    network.close()
    thread.join(5)
    assert lost.is_set()
    waiting.close()
    with pytest.raises(NetworkClosed):
        network.connect(TO_HOST)
    with pytest.raises(NetworkClosed):
        network.listen("host", NFC, echo)


def test_a_silent_peer_is_given_up() -> None:
    with LoopbackNetwork(lambda _: True, timeout=0.05) as network:
        release = threading.Event()

        def silent(_sock: socket.socket) -> None:
            release.wait(5)

        network.listen("host", NFC, silent)
        with network.connect(TO_HOST) as sock, pytest.raises(PeerLost) as lost:
            receive(sock, 1)
        assert lost.value.reason == "timeout"
        release.set()
