"""Sign-ins over TLS: connect, handshake, LOGIN, LOGOUT; nothing of one session serves the next.

Runs as a process of its own, ``python -m benchmarks.signing_in``: threads, because the handshake's arithmetic
leaves the interpreter's lock alone.
"""

import json
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from benchmarks.peers import Shape
from benchmarks.servers import PASSWORD, PEOPLE, Server, in_a_process, recipient
from benchmarks.workshop import Figure, Tally, Workshop

_AT_ONCE = 8
_ROUNDS = 3
_PATIENCE = 60.0  # seconds for one reply


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many sign-ins, or so many seconds, whichever ends first."""

    port: int
    sign_ins: int
    seconds: float


async def sign_in(workshop: Workshop) -> list[Figure]:
    """Eight at once, by sixteen accounts in turn; three rounds, medians."""
    name = "sign-in over TLS"
    tally = Tally("/s", more_is_better=True)
    tuned = Shape(tuned=True)
    async with workshop.readers(Shape(), tuned) as servers:
        for number in range(workshop.rounds(_ROUNDS) + 1):
            for server in servers:
                rate, cpu = await _signed_in(server, Crowd(server.imaps, workshop.count(300), 6))
                if number:  # the first round is what fills the memories of passwords, theirs and ours
                    tally.add(server, name, rate, cpu)
    return tally.figures({f"{name}, {Shape().name}": "2×", f"{name}, {tuned.name}": "→ 1×"})


async def _signed_in(server: Server, crowd: Crowd) -> tuple[float, float]:
    before = server.cpu()
    out = await in_a_process("benchmarks.signing_in", asdict(crowd))
    done, seconds = json.loads(out)
    return done / seconds, (server.cpu() - before) / done * 1000


def run(crowd: Crowd) -> tuple[int, float]:
    """How many were done, in how many seconds; each was answered OK, or RuntimeError."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    start = time.perf_counter()
    end = start + crowd.seconds

    def one(number: int) -> bool:
        if time.perf_counter() > end:
            return False
        with (
            socket.create_connection(("127.0.0.1", crowd.port), timeout=_PATIENCE) as plain,
            context.wrap_socket(plain) as wrapped,
            wrapped.makefile("rb") as lines,
        ):
            _expect(lines.readline(), b"* OK")
            wrapped.sendall(f'a LOGIN "{recipient(number % PEOPLE)}" "{PASSWORD}"\r\n'.encode())
            line = lines.readline()
            while line.startswith(b"* "):
                line = lines.readline()
            _expect(line, b"a OK")
            wrapped.sendall(b"b LOGOUT\r\n")
            _expect(lines.readline(), b"* BYE")
            _expect(lines.readline(), b"b OK")
        return True

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        done = sum(threads.map(one, range(crowd.sign_ins)))
    return done, time.perf_counter() - start


def _expect(line: bytes, beginning: bytes) -> None:
    if not line.startswith(beginning):
        raise RuntimeError(f"expected {beginning!r}, was told {line!r}")


if __name__ == "__main__":
    json.dump(run(Crowd(**json.load(sys.stdin))), sys.stdout)
