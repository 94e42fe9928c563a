"""The reading side: a plain blocking IMAP client that counts octets and looks at the clock.

It parses as little as it can, so that what is timed is the server: it knows literals, because it must, and
the line that ends a command.
"""

import re
import socket
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_LITERAL = re.compile(rb"\{(\d+)\}$")


class Imap:
    """One signed-in connection in clear on loopback."""

    def __init__(self, port: int, address: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._file = self._socket.makefile("rb", buffering=2**20)
        self._number = 0
        self._heard = bytearray()
        self._file.readline()
        self.run(f'LOGIN "{address}" "{password}"')

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Just go."""
        self._file.close()
        self._socket.close()

    def run(self, command: str) -> list[bytes]:
        """One command to its end: its untagged lines, literals apart. RuntimeError unless OK."""
        self.begin(command.encode())
        return self.finish(command)

    def begin(self, command: bytes) -> None:
        """Send a command, its literals in it; ``finish`` or ``hear`` reads the answer."""
        self._number += 1
        self._heard = bytearray()
        self._socket.sendall(b"a%d %b\r\n" % (self._number, command))

    def finish(self, command: str) -> list[bytes]:
        """The untagged lines of what was begun, literals apart. RuntimeError unless OK."""
        tag = b"a%d " % self._number
        lines: list[bytes] = []
        while True:
            line = self._file.readline()
            if line.startswith(tag):
                if b" OK" not in line[:20]:
                    raise RuntimeError(f"{command[:60]}: {line!r}")
                return lines
            if not line:
                raise RuntimeError(f"{command[:60]}: the server closed the connection")
            lines.append(line)
            literal = _LITERAL.search(line.rstrip(b"\r\n"))
            if literal:
                lines.append(self._file.read(int(literal[1])))

    def timed(self, command: str, lines: int = 1) -> float:
        """Milliseconds of one command that must answer with so many untagged lines at least."""
        start = time.perf_counter()
        self._number += 1
        tag = f"a{self._number} OK".encode()
        self._socket.sendall(f"a{self._number} {command}\r\n".encode())
        end = b"\r\n" + tag
        last, count = b"", 0
        while True:
            octets = self._socket.recv(2**20)
            if not octets:
                raise RuntimeError(f"{command[:60]}: the server closed the connection")
            count += (last[-3:] + octets).count(b"\r\n* ")  # a line may begin across two pieces
            last = (last + octets)[-256:]
            if (end in last or last.startswith(tag)) and last.endswith(b"\r\n"):
                break
        taken = (time.perf_counter() - start) * 1000
        if count + 1 < lines:
            raise RuntimeError(f"{command[:60]}: {count} lines, expected {lines}")
        return taken

    def messages(self, mailbox: str = "INBOX") -> int:
        """How many it holds."""
        (line,) = self.run(f"STATUS {mailbox} (MESSAGES)")
        found = re.search(rb"MESSAGES (\d+)", line)
        return int(found[1]) if found else -1

    def append(self, messages: Sequence[bytes], mailbox: str = "INBOX") -> None:
        """Some messages in one APPEND (RFC 3502), with non-synchronising literals."""
        literals = b"".join(b" {%d+}\r\n%b" % (len(message), message) for message in messages)
        self.begin(b"APPEND " + mailbox.encode() + literals)
        self.finish("APPEND")

    def hear(self) -> bytes | None:
        """The next octets of what was begun: all of the answer once its last line came, else None.

        RuntimeError unless OK. For a client that waits at many sockets; never mixed with ``finish``.
        """
        octets = self._socket.recv(2**16)
        if not octets:
            raise RuntimeError("the server closed the connection")
        self._heard += octets
        if not self._heard.endswith(b"\r\n"):
            return None
        last = self._heard.rfind(b"\n", 0, -2) + 1
        if not self._heard.startswith(b"a%d " % self._number, last):
            return None
        if not self._heard.startswith(b"a%d OK" % self._number, last):
            raise RuntimeError(bytes(self._heard[last:]).decode(errors="replace"))
        return bytes(self._heard)

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()
