"""Trying connections for real, from this machine: the only code that leaves loopback, and only when a person asks.

Decided here: how one attempt is made and what its answer is called, and that every machine is tried one connection at a
time. In: the attempts of a `planning.ProbePlan`. Out: one `Observation` each, in any order. Nothing is ever sent: a
connection that opens is closed at once. Only addresses that the file gives to the machine are connected to, also where
its name leads elsewhere.
Never here: which connections are tried and what an answer means (`planning.probe`), text.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from ipaddress import ip_address
from queue import SimpleQueue
from threading import Event

from vbtui.planning.probe import Answer, Attempt, Observation
from vbtui.topology import Address

MACHINES_AT_ONCE = 16
"""How many machines are tried at the same time, each by one connection."""

Connect = Callable[[str, Attempt, float], Answer]
"""Makes one attempt: the destination's name or address, the attempt, seconds until it counts as timed out."""

_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM)


def connect_once(address: str, port: int, seconds: float, source: str | None = None) -> Answer:
    """One TCP connection, closed as soon as it stands. `source` is the address to connect from, by default any.

    Raises OSError for what says nothing about the path, such as too many open files.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.settimeout(seconds)
        try:
            if source is not None:
                attempt.bind((source, 0))
            attempt.connect((address, port))
        except TimeoutError:
            return Answer.TIMED_OUT
        except ConnectionRefusedError:
            return Answer.REFUSED
        except ConnectionResetError:
            return Answer.REFUSED
        except OSError as error:
            if error.errno in _UNREACHABLE:
                return Answer.UNREACHABLE
            if error.errno == errno.ETIMEDOUT:
                return Answer.TIMED_OUT
            raise
        return Answer.OPEN


def is_local(address: Address) -> bool:
    """Whether this machine has that address, so that connections from it say something about the plan."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        try:
            attempt.bind((str(address), 0))
        except OSError:
            return False
    return True


def looked_up(name: str, port: int) -> tuple[str, ...]:
    """The addresses behind a name, as this machine resolves it; empty if there are none."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


@dataclass
class Prober:
    """Tries attempts from `source`. `own_address` binds to the plan's source address, where this machine has it."""

    source: str
    seconds: float
    by_name: bool = False
    """Look the machine's name up instead of taking the file's address; an address that is not the file's is refused."""
    connect: Callable[[str, int, float, str | None], Answer] = connect_once
    resolve: Callable[[str, int], tuple[str, ...]] = looked_up
    local: Callable[[Address], bool] = is_local
    stopped: Event = field(default_factory=Event)
    """Set when nobody waits for observations any more."""

    def observe(self, attempts: Sequence[Attempt]) -> Generator[Observation]:
        """An observation for every attempt, as they come in. Closing the iterator stops after the running attempts."""
        machines: dict[str, list[Attempt]] = {}
        for attempt in attempts:
            machines.setdefault(attempt.destination, []).append(attempt)
        if not machines:
            return
        arrived: SimpleQueue[Observation] = SimpleQueue()
        pool = ThreadPoolExecutor(min(MACHINES_AT_ONCE, len(machines)), thread_name_prefix="probe")
        try:
            waiting = {pool.submit(self._one_machine, group, arrived) for group in machines.values()}
            left = len(attempts)
            while left:
                done, waiting = wait(waiting, timeout=0.05, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                while not arrived.empty():
                    left -= 1
                    yield arrived.get()
        finally:
            self.stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _one_machine(self, attempts: Sequence[Attempt], arrived: SimpleQueue[Observation]) -> None:
        for attempt in attempts:
            if self.stopped.is_set():
                return
            arrived.put(Observation(self.source, attempt.destination, attempt.port, self._answer(attempt)))

    def _answer(self, attempt: Attempt) -> Answer:
        address = str(attempt.address)
        if self.by_name:
            found = {str(ip_address(one)) for one in self.resolve(attempt.destination, attempt.port)}
            if not found:
                return Answer.NAME_NOT_FOUND
            if address not in found:
                return Answer.NAME_ELSEWHERE
        source = str(attempt.source_address) if self.local(attempt.source_address) else None
        return self.connect(address, attempt.port, self.seconds, source)
