"""A house as an operator has it: a folder made by ``init``, the command line and ``serve`` as processes.

Ports are chosen by the system on loopback. The accounts come in fresh pairs, so that journeys sharing one
server never meet.
"""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vaguemestre.mail.ins import parse_ins

PROFESSIONAL_DOMAIN = "cabinet.mssante.fr"
CITIZEN_DOMAIN = "patient.mssante.fr"
PASSWORD = "correct-horse battery"
PATIENCE = 30.0  # seconds until something that should have come long ago is given up
PAIRS = 28

_ONE = "import sys; from vaguemestre.cli.main import main; sys.exit(main())"
# Many commands in one process: the same command line, without starting Python for each.
_MANY = """
import io, json, sys
from vaguemestre.cli.main import main
for arguments, given in json.load(sys.stdin):
    sys.stdin = io.StringIO(given)
    if main(arguments):
        sys.exit(f"{arguments} failed")
"""
_READY = re.compile(r"(\w+) 127\.0\.0\.1:(\d+)")
_LISTENERS = ("SUBMISSION", "SUBMISSIONS", "IMAP", "IMAPS")


@dataclass(frozen=True, slots=True)
class Said:
    """What one command left behind."""

    status: int
    out: str
    err: str

    def json(self) -> object:
        """Its standard output, as the one JSON document it must be."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Pair:
    """A doctor and a citizen who have never heard of each other; the password of both is ``PASSWORD``."""

    doctor: str
    citizen: str


@dataclass(frozen=True, slots=True)
class House:
    """A folder made by ``init``."""

    folder: Path

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "vaguemestre.toml"

    @property
    def authority(self) -> Path:
        """The development CA that clients must trust."""
        return self.folder / "certs" / "ca.pem"

    def copy(self, folder: Path) -> "House":
        """The same house at another place."""
        return House(Path(shutil.copytree(self.folder, folder)))

    def command(self, *arguments: str, **environment: str) -> Said:
        """One ``vaguemestre`` command, a process of its own."""
        done = subprocess.run(
            [sys.executable, "-c", _ONE, *arguments],
            env=_environment({"VAGUEMESTRE_CONFIG": str(self.config), **environment}),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def commands(self, given: Sequence[tuple[list[str], str]]) -> None:
        """Commands with their standard input, one after the other in one process; all must succeed."""
        done = subprocess.run(
            [sys.executable, "-c", _MANY],
            input=json.dumps(given).encode(),
            env=_environment({"VAGUEMESTRE_CONFIG": str(self.config)}),
            capture_output=True,
            timeout=PATIENCE * len(given),
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


@dataclass(frozen=True, slots=True)
class Server:
    """``serve``, that said it is ready, and where. ``log`` is its standard error."""

    house: House
    process: "subprocess.Popen[bytes]"
    ports: dict[str, int]
    log_file: Path

    @property
    def log(self) -> str:
        """Everything logged so far."""
        return self.log_file.read_text()

    def tls(self) -> ssl.SSLContext:
        """A client that trusts this server's authority and nobody else."""
        return ssl.create_default_context(cafile=str(self.house.authority))

    def stop(self, within: float = PATIENCE) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(within)

    def kill(self) -> None:
        """SIGKILL: as a power cut would end it, less the disk's own memory."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)


def pair(number: int) -> Pair:
    """One of the ``PAIRS`` of a house."""
    return Pair(f"docteur.{number}@{PROFESSIONAL_DOMAIN}", f"{_ins(number)}@{CITIZEN_DOMAIN}")


def fresh_pairs() -> Iterator[Pair]:
    """Each once, in order."""
    return map(pair, range(PAIRS))


def _ins(number: int) -> str:
    body = f"1991299350{number:03d}"  # nobody: there is no commune 99350 in which to be born
    return f"{body}{parse_ins(f'{body}00').right_key:02d}"


def make_house(folder: Path) -> House:
    """``init``, then ``bal add`` for every account."""
    house = House(folder)
    adds: list[tuple[list[str], str]] = [
        (["init", str(folder), "--professional-domain", PROFESSIONAL_DOMAIN], "")
    ]
    people = [(p.doctor, "PER") for p in map(pair, range(PAIRS))]
    people += [(p.citizen, "CITIZEN") for p in map(pair, range(PAIRS))]
    people.append((f"laboratoire@{PROFESSIONAL_DOMAIN}", "APP"))
    adds += [(["bal", "add", a, "--kind", k, "--password-stdin"], f"{PASSWORD}\n") for a, k in people]
    house.commands(adds)
    return house


@contextmanager
def a_server(house: House, log_file: Path | None = None, **environment: str) -> Iterator[Server]:
    """``serve`` until the end of the block, then SIGTERM, unless it has ended already."""
    log_file = log_file or house.folder.with_suffix(".log")
    anywhere = {f"VAGUEMESTRE_LISTEN__{name}": "127.0.0.1:0" for name in _LISTENERS}
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _ONE, "serve", "--config", str(house.config)],
            env=_environment({**anywhere, **environment}),
            stdout=subprocess.PIPE,
            stderr=log,
        )
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        assert line.startswith("Ready: "), log_file.read_text()
        late.cancel()
        yield Server(house, process, {name: int(port) for name, port in _READY.findall(line)}, log_file)
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)
    finally:
        late.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _environment(more: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VAGUEMESTRE_")}
    return {**inherited, "PYTHONPATH": os.pathsep.join(sys.path), **more}
