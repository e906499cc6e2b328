"""The socket between a presentation and its notes: the newest message arrives, and nothing hostile gets anywhere."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import outlasting
from pictures import loaded
from strategies import examples

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.render.notes_texts import Part, PartKind, notes
from vbtui.ui.notes import channel as channel_module
from vbtui.ui.notes.channel import (
    LOCK,
    MAX_LINE,
    MOST_FOLLOWERS,
    SOCKET,
    ChannelError,
    Publisher,
    Stop,
    Trouble,
    Waiting,
    channel_folder,
    follow,
)
from vbtui.ui.notes.presented import Presented, from_line, to_line
from vbtui.workflow import simulate

WAIT = 30.0
"""Seconds after which a test gives up on a message that must come."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since a socket's path must be; not there yet."""
    above = Path(tempfile.mkdtemp(prefix="vbtui-"))
    yield above / "channel"
    shutil.rmtree(above)


@pytest.fixture
def publisher(folder: Path) -> Iterator[Publisher]:
    one = Publisher(folder)
    yield one
    one.close()


class Following:
    """A follower in a thread, and what it got."""

    def __init__(self, folder: Path, read: Callable[[bytes], bytes | None] = lambda line: line) -> None:
        self.got: Queue[bytes | Waiting] = Queue()
        self._stop = Stop()
        self._thread = threading.Thread(target=self._run, args=(folder, read))
        self._thread.start()

    def _run(self, folder: Path, read: Callable[[bytes], bytes | None]) -> None:
        for one in follow(folder, read, self._stop, retry=0.01):
            self.got.put(one)

    def next(self) -> bytes | Waiting:
        return self.got.get(timeout=WAIT)

    def until(self, wanted: bytes | Waiting) -> None:
        while self.next() != wanted:
            pass

    def close(self) -> None:
        self._stop.give()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        self._stop.close()


@pytest.fixture
def following(folder: Path) -> Iterator[Callable[..., Following]]:
    with contextlib.ExitStack() as stack:

        def begin(read: Callable[[bytes], bytes | None] = lambda line: line) -> Following:
            one = Following(folder, read)
            stack.callback(one.close)
            return one

        yield begin


Begin = Callable[..., Following]


def test_who_comes_later_gets_the_newest_at_once(publisher: Publisher, following: Begin) -> None:
    publisher.publish(b"old")
    publisher.publish(b"new")
    assert following().next() == b"new"


def test_every_follower_gets_what_is_said(publisher: Publisher, following: Begin) -> None:
    several = [following() for _ in range(3)]
    publisher.publish(b"one")
    for one in several:
        one.until(b"one")
    publisher.publish(b"two")
    for one in several:
        assert one.next() == b"two"


def test_the_follower_may_come_first_and_outlives_the_presenter(folder: Path, following: Begin) -> None:
    follower = following()
    assert follower.next() is Waiting.FOR_PRESENTER
    for text in (b"first", b"second"):
        publisher = Publisher(folder)
        publisher.publish(text)
        assert follower.next() == text
        publisher.close()
        assert follower.next() is Waiting.FOR_PRESENTER


@pytest.mark.usefixtures("publisher")
def test_only_the_user_gets_in(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / SOCKET).stat().st_mode & 0o777 == 0o600
    assert (folder / LOCK).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_was_open_to_others_is_closed(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    Publisher(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_peers_of_other_users_are_refused(publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel cannot be made to lie here, so the user is: this process takes itself for another one."""
    monkeypatch.setattr(channel_module, "_same_user", lambda _: False)
    publisher.publish(b"secret")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(WAIT)
        peer.connect(str(folder / SOCKET))
        assert peer.recv(100) == b""
    with Stop() as stop, pytest.raises(ChannelError) as caught:
        next(follow(folder, bytes, stop))
    assert caught.value.trouble is Trouble.FOREIGN


def test_who_the_other_end_is_comes_from_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    with here, there:
        _, user, _ = struct.unpack("3i", here.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        assert user == os.geteuid()
        assert channel_module._same_user(here)
        monkeypatch.setattr(os, "geteuid", lambda: user + 1)
        assert channel_module._same_user(here) == (user == 0)


def test_a_link_in_place_of_the_folder_is_nobodys(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")
    with pytest.raises(ChannelError) as caught:
        Publisher(folder)
    assert caught.value.trouble is Trouble.FOREIGN
    with Stop() as stop, pytest.raises(ChannelError):
        next(follow(folder, bytes, stop))


@pytest.mark.usefixtures("publisher")
def test_one_presenter_at_a_time(folder: Path) -> None:
    with pytest.raises(ChannelError) as caught:
        Publisher(folder)
    assert caught.value.trouble is Trouble.BUSY
    assert (folder / SOCKET).exists()


def test_the_socket_of_a_presenter_that_was_killed_is_replaced(folder: Path, following: Begin) -> None:
    program = (
        "import sys, pathlib, vbtui.ui.notes.channel as c; p = c.Publisher(pathlib.Path(sys.argv[1]));"
        "p.publish(b'from another process'); print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        with outlasting(other):
            assert other.stdout.readline() == b"ready\n"
            follower = following()
            assert follower.next() == b"from another process"
            other.kill()
            assert follower.next() is Waiting.FOR_PRESENTER
    assert (folder / SOCKET).exists()
    publisher = Publisher(folder)
    publisher.publish(b"from here")
    assert follower.next() == b"from here"
    publisher.close()
    assert not (folder / SOCKET).exists()


def test_a_follower_that_does_not_read_holds_up_nobody(publisher: Publisher, folder: Path, following: Begin) -> None:
    with socket.socket(socket.AF_UNIX) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(str(folder / SOCKET))
        for number in range(200):
            publisher.publish(f"{number} ".encode().ljust(MAX_LINE - 1, b"x"))
        publisher.publish(b"last")
        following().until(b"last")
        lazy.settimeout(WAIT)
        found = b""
        while not found.endswith(b"last\n"):
            came = lazy.recv(1 << 20)
            assert came
            found = found[-10:] + came


@pytest.mark.usefixtures("publisher")
def test_a_follower_that_speaks_is_none_of_ours(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(WAIT)
        peer.connect(str(folder / SOCKET))
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert peer.recv(100) == b""


def test_there_is_an_end_to_how_many_may_follow(publisher: Publisher, folder: Path) -> None:
    publisher.publish(b"hello")
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(MOST_FOLLOWERS + 1)]
        for peer in peers:
            peer.settimeout(WAIT)
            peer.connect(str(folder / SOCKET))
        assert [peer.recv(100) for peer in peers] == [b"hello\n"] * MOST_FOLLOWERS + [b""]


def test_what_is_too_long_is_not_said(publisher: Publisher, following: Begin) -> None:
    publisher.publish(b"short")
    publisher.publish(b"x" * MAX_LINE)
    publisher.publish(b"two\nlines")
    assert following().next() == b"short"


@contextlib.contextmanager
def speaking(folder: Path, said: bytes) -> Iterator[None]:
    """Somebody who says something to every follower and hangs up."""
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / SOCKET))
        listener.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    with peer, contextlib.suppress(OSError):
                        peer.sendall(said)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT)


def test_half_a_line_is_no_message(folder: Path, following: Begin) -> None:
    with speaking(folder, b'{"vbtui": 1'):
        assert following().next() is Waiting.FOR_PRESENTER


def test_a_line_without_end_is_given_up(folder: Path, following: Begin) -> None:
    with speaking(folder, b"x" * (3 * MAX_LINE)):
        assert following().next() is Waiting.NOT_UNDERSTOOD


def test_garbage_is_given_up_and_a_true_message_is_taken_after_it(folder: Path, following: Begin) -> None:
    follower = following(lambda line: line if line == b"true" else None)
    assert follower.next() is Waiting.FOR_PRESENTER
    with speaking(folder, b"\xff\x00garbage\n"):
        assert follower.next() is Waiting.NOT_UNDERSTOOD
    (folder / SOCKET).unlink()
    publisher = Publisher(folder)
    publisher.publish(b"true")
    follower.until(b"true")
    publisher.close()


def test_the_folder_is_that_of_the_session_else_with_our_own_things(tmp_path: Path) -> None:
    assert channel_folder({"XDG_RUNTIME_DIR": str(tmp_path)}) == tmp_path / "vbtui"
    state = {"XDG_STATE_HOME": str(tmp_path)}
    assert channel_folder(state) == tmp_path / "vbtui" / "presenting"
    for wrong in ("", "relative", str(tmp_path / "gone")):
        assert channel_folder({**state, "XDG_RUNTIME_DIR": wrong}) == tmp_path / "vbtui" / "presenting"


def test_a_path_that_no_socket_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(ChannelError) as caught:
        Publisher(tmp_path / ("x" * 120))
    assert caught.value.trouble is Trouble.SYSTEM
    assert caught.value.reason


# ---- what is said -------------------------------------------------------------------------------------------------

PART = Part(PartKind.NOW, "vbr01 opens tcp/902")
SAID = Presented(
    "classroom", "daily", "job/1.0/start", "1.0", 1, 119, "en", {"en": (PART,), "de": (PART, PART)},
    ("job/1.0/start:failover=off",), edited=True, live=False, cover="firewall",
)  # fmt: skip


def test_a_message_comes_back_as_it_was_said() -> None:
    line = to_line(SAID)
    assert b"\n" not in line
    assert from_line(line) == SAID


def test_all_notes_of_a_run_fit_into_messages() -> None:
    one = loaded("locked-down")
    trace = simulate(one.topology, one.topology.jobs[0], profile=one.topology.profile)
    told = {language: Messages(translator(language), one.topology) for language in LANGUAGES}
    for event in trace:
        said = Presented(
            trace.topology, trace.job, event.id, str(event.step), event.position + 1, len(trace), "en",
            {language: notes(messages, trace, event.position) for language, messages in told.items()},
        )  # fmt: skip
        line = to_line(said)
        assert len(line) < MAX_LINE // 4
        assert from_line(line) == said


def test_what_would_be_too_long_is_cut_by_the_one_who_says_it() -> None:
    long = Presented("t", "j", "e", "1.0", 1, 1, "en", {"en": (Part(PartKind.SAY, "x" * 10**6),) * 1000})
    line = to_line(long)
    assert from_line(line) is not None


WRONG: list[tuple[bytes, bytes]] = [
    (b'"vbtui":2', b'"vbtui":1'),
    (b'"number":1', b'"number":120'),
    (b'"number":1', b'"number":true'),
    (b'"count":119', b'"count":1e3'),
    (b'"edited":true', b'"edited":1'),
    (b'"cover":"firewall"', b'"cover":null'),
    (b'"cover":"firewall"', b'"cover":"\\u001b[2J"'),
    (b'"topology":"classroom"', b'"topology":"\\u001b[2J"'),
    (b'"topology":"classroom"', b'"topology":["classroom"]'),
    (b'"now"', b'"then"'),
    (b'["now",', b'["now","more",'),
    (b'"notes":{', b'"notes":[],"old":{'),
    (b'"changes":["', b'"changes":[7,"'),
    (b'"job":"daily",', b""),
]


@pytest.mark.parametrize(("right", "wrong"), WRONG)
def test_a_message_with_anything_wrong_is_none(right: bytes, wrong: bytes) -> None:
    line = to_line(SAID)
    assert right in line
    assert from_line(line.replace(right, wrong, 1)) is None


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@examples(200)
def test_garbage_is_none(line: bytes) -> None:
    assert from_line(line) is None


@given(st.data())
@examples(300)
def test_a_damaged_message_is_refused_or_sound(data: st.DataObject) -> None:
    line = bytearray(to_line(SAID))
    for _ in range(data.draw(st.integers(1, 5))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0, 255))
    found = from_line(bytes(line))
    assert found is None or (0 < found.number <= found.count and found.parts("en") and found.topology.isprintable())


def test_nesting_without_end_is_none() -> None:
    assert from_line(b"[" * 200_000) is None
