"""The servers under measurement, each a process tree on loopback: ours, and its peers."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PEOPLE = 16  # senders, and as many recipients

PASSWORD = "mot-de-passe-de-mesure"


def sender(number: int) -> str:
    """The address of a professional."""
    return f"medecin{number:02d}@bench.mssante.fr"


def recipient(number: int) -> str:
    """The address of a citizen: a fictitious matricule with its right key."""
    digits = f"1790351215{number:03d}"
    return f"{digits}{97 - int(digits) % 97:02d}@patient.mssante.fr"


def people() -> list[tuple[str, str, str]]:
    """(sender, password, recipient), one a connection."""
    return [(sender(number), PASSWORD, recipient(number)) for number in range(PEOPLE)]


@dataclass(slots=True)
class Server:
    """One server that runs. Ports are on 127.0.0.1; 0 where it does not listen."""

    name: str
    smtp: int
    imap: int
    imaps: int
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)

    def cpu(self) -> float:
        """Seconds of processor used so far by the whole tree, ended children included."""
        total = 0.0
        for process in self._tree():
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        return total

    def resident(self) -> int:
        """Octets in memory that are the tree's own (USS): shared libraries count once, elsewhere."""
        total = 0
        for process in self._tree():
            try:
                total += process.memory_full_info().uss
            except psutil.Error:
                continue
        return total

    def _tree(self) -> list[psutil.Process]:
        roots = [psutil.Process(pid) for pid in self.pids if psutil.pid_exists(pid)]
        return [*roots, *(child for root in roots for child in root.children(recursive=True))]

    async def stop(self) -> None:
        """End what was started, and nothing else."""
        for pid in self.pids:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGTERM)
        for process in self.processes:
            await process.wait()
        for _ in range(100):
            if not any(psutil.pid_exists(pid) for pid in self.pids):
                return
            await asyncio.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on: another run may be under way."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


async def until_listening(ports: Sequence[int], seconds: float = 30) -> None:
    """Wait until every port answers. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        for port in ports:
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                await writer.wait_closed()
                break


async def in_a_process(module: str, order: object) -> str:
    """What a module of ours prints, run in a process of its own with its order, in JSON, on standard input.

    So that the clients' work never sits in the server's process. Raises RuntimeError when it fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(order).encode())
    if process.returncode:
        raise RuntimeError(f"{module} did not end well: see above")
    return out.decode()


async def run_to_end(*command: str | Path, check: bool = True) -> str:
    """Run a command; its output. Raises RuntimeError with it when it fails.

    The output goes to a file and not to a pipe: a daemon that the command leaves behind holds it open.
    """
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said
        )
        status = await process.wait()
        said.seek(0)
        text = said.read().decode(errors="replace")
    if check and status:
        raise RuntimeError(f"{command[0]} failed: {text}")
    return text
