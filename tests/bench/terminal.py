"""A terminal for measurements: a program in a pseudo-terminal, what it draws, and what it costs.

The terminal says that it knows synchronised output, as today's do: every picture then stands between two marks and can
be counted from outside. Time is the wall's; CPU is that of the program alone, user and system, from the kernel.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PICTURE_BEGINS, PICTURE_ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
_QUESTION, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
GOODBYE = 3.0
"""Seconds that a program has to end by itself."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What some seconds have cost."""

    seconds: float
    cpu_seconds: float
    bytes: int
    pictures: int

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu_seconds / self.seconds

    @property
    def pictures_per_second(self) -> float:
        return self.pictures / self.seconds

    @property
    def kibibytes_per_picture(self) -> float:
        return self.bytes / 1024 / max(1, self.pictures)


class Terminal:
    """One program in a terminal of a fixed size."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], columns: int, rows: int) -> None:
        self.started = time.monotonic()
        self._end = b""
        self._left = b""
        """What was read behind the last text that was waited for."""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            # Here, so that the program does not begin in a terminal of another size.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(command[0], list(command), environment)

    def write(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def read(self, seconds: float) -> bytes:
        """What is drawn as soon as there is something, empty after so many seconds. Raises EOFError with the last words
        of a program that has ended."""
        if not select.select([self._terminal], [], [], max(0.0, seconds))[0]:
            return b""
        try:
            found = os.read(self._terminal, 1 << 16)
        except OSError:
            raise EOFError(self._end.decode(errors="replace")) from None
        if _QUESTION in self._end[-len(_QUESTION) :] + found:
            self.write(_ANSWER)
        self._end = found
        return found

    def wait_for(self, text: bytes, patience: float = 60.0) -> float:
        """Seconds until a text has been drawn, and the picture with it is complete. Raises TimeoutError."""
        begin, seen = time.monotonic(), self._left
        while time.monotonic() - begin < patience:
            place = seen.find(text)
            # The first picture comes before the answer about marks, and has none.
            if place >= 0 and (PICTURE_ENDS in seen[place:] or PICTURE_BEGINS not in seen[:place]):
                self._left = seen[place + len(text) :]
                return time.monotonic() - begin
            seen += self.read(0.5)
        raise TimeoutError(text)

    def quiet(self, seconds: float = 0.4, patience: float = 30.0) -> None:
        """Wait until nothing has been drawn for so long. Raises TimeoutError."""
        end, self._left = time.monotonic() + patience, b""
        while self.read(seconds):
            if time.monotonic() > end:
                raise TimeoutError("the terminal does not get quiet")

    def watch(self, seconds: float) -> Cost:
        """Read for so many seconds, as fast as it comes."""
        begin, cpu, found, pictures = time.monotonic(), self.cpu_seconds, 0, 0
        while (left := begin + seconds - time.monotonic()) > 0:
            drawn = self.read(left)
            found += len(drawn)
            pictures += drawn.count(PICTURE_BEGINS)
        return Cost(time.monotonic() - begin, self.cpu_seconds - cpu, found, pictures)

    @property
    def age(self) -> float:
        """Seconds since the program was started."""
        return time.monotonic() - self.started

    @property
    def cpu_seconds(self) -> float:
        """User and system time of the program up to now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> int:
        """Resident bytes now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def close(self) -> None:
        """End the program, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + GOODBYE
        with contextlib.suppress(EOFError):
            while time.monotonic() < end:
                self.read(0.1)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._terminal)
        os.waitpid(self.pid, 0)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
