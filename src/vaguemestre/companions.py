"""The other processes of a server: started by the first, told where to listen, started again when they die.

Each is ``python -m vaguemestre.cli.beside``. It is told on its standard input who it is and where clients
come in, says one line when it serves and then, every few seconds, how it is (``service.health.pulse``), and
ends when that input ends: so none outlives the first, whatever becomes of it. What they tell one another is
in ``store.company``.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypedDict

import structlog

from vaguemestre.service.health.pulse import Pulse, understood
from vaguemestre.settings import Settings
from vaguemestre.settings.relay import RelaySection
from vaguemestre.settings.values import Endpoint, read_endpoint
from vaguemestre.store.company import ALONE, Company

_log = structlog.get_logger()

READY: Final = "ready"
_MAIL: Final = ("submission", "submissions", "imap", "imaps")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0  # seconds before one that died is started again
_LIVED: Final = 60.0  # seconds after which a death is the first again


class Pair(NamedTuple):
    """What is rung at one end is heard at the other; one pair a process."""

    ears: socket.socket
    bell: socket.socket


class Errand(TypedDict):
    """What a companion is told: descriptors, and addresses by the names of ``[listen]``."""

    number: int
    ears: int
    bells: list[int]
    listen: dict[str, str]


class Hearing(Protocol):
    """Who is told how a process is; None: it is no more."""

    def __call__(self, process: int, pulse: Pulse | None, /) -> None: ...  # noqa: D102 (said by its class)


def _deaf(process: int, pulse: Pulse | None, /) -> None:
    """Nobody listens yet."""


class Companions:
    """Those of one server of ``count`` processes, this one included; ``config`` is its settings file."""

    def __init__(self, config: Path, count: int) -> None:
        self._config = config
        # Whole words in their order, and many before one is lost: of datagrams the system keeps ten.
        kind = socket.SOCK_SEQPACKET
        self._pairs = [
            Pair(*socket.socketpair(socket.AF_UNIX, kind)) for _ in range(count if count > 1 else 0)
        ]
        self._watches: list[asyncio.Task[None]] = []
        self._lives: dict[int, asyncio.subprocess.Process] = {}
        self._dismissed = asyncio.Event()
        self._hear: Hearing = _deaf

    @property
    def company(self) -> Company:
        """The first process's place among them."""
        if not self._pairs:
            return ALONE
        return Company(0, self._pairs[0].ears.fileno(), tuple(self._bells(but=0)))

    async def start(self, listeners: Mapping[str, Endpoint], hear: Hearing) -> None:
        """Start them; returns when each serves, or has died once.

        ``listeners``: where this one listens. ``hear``: who is told how each is.
        """
        self._hear = hear
        up: list[asyncio.Event] = []
        for number in range(1, len(self._pairs)):
            is_up = asyncio.Event()
            up.append(is_up)
            self._watches.append(asyncio.create_task(self._keep(number, dict(listeners), is_up)))
        for is_up in up:
            await is_up.wait()

    def dismiss(self) -> None:
        """Tell them to end in order, as this one is about to."""
        self._dismissed.set()
        for process in self._lives.values():
            if process.stdin is not None:
                process.stdin.close()

    async def gone(self) -> None:
        """Returns when there is none left."""
        self.dismiss()
        for process in tuple(self._lives.values()):
            await process.wait()
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        for pair in self._pairs:
            pair.ears.close()
            pair.bell.close()

    async def _keep(self, number: int, listeners: Mapping[str, Endpoint], is_up: asyncio.Event) -> None:
        loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
        while not self._dismissed.is_set():
            began = loop.time()
            process = self._lives[number] = await self._started(number, listeners)
            if process.stdout is not None and await process.stdout.readline():
                is_up.set()
                await self._listen(number, process.stdout)
            status = await process.wait()
            del self._lives[number]
            self._hear(number, None)
            is_up.set()
            if self._dismissed.is_set():
                return
            if loop.time() - began > _LIVED:
                pause = _FIRST_PAUSE
            _log.error("companion_ended", process=number, status=status, again_in=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dismissed.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _listen(self, number: int, said: asyncio.StreamReader) -> None:
        """Until it says nothing more."""
        while True:
            try:
                line = await said.readline()
                if not line:
                    return
                self._hear(number, understood(line.decode()))
            except ValueError:
                _log.warning("companion_not_understood", process=number, exc_info=True)

    async def _started(self, number: int, listeners: Mapping[str, Endpoint]) -> asyncio.subprocess.Process:
        ears, bells = self._pairs[number].ears.fileno(), self._bells(but=number)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "vaguemestre.cli.beside",
            str(self._config),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(ears, *bells),
        )
        places = {name: str(listeners[name]) for name in _MAIL if name in listeners}
        errand = Errand(number=number, ears=ears, bells=bells, listen=places)
        if process.stdin is not None:
            process.stdin.write(json.dumps(errand).encode() + b"\n")
        return process

    def _bells(self, *, but: int) -> list[int]:
        return [pair.bell.fileno() for number, pair in enumerate(self._pairs) if number != but]


def settings_beside(settings: Settings, errand: Errand) -> Settings:
    """What a companion goes by: mail where the first listens, its own numbers a port further, no more."""
    metrics = settings.listen.metrics
    if metrics is not None:
        metrics = Endpoint(metrics.host, metrics.port + errand["number"] if metrics.port else 0)
    nowhere = dict.fromkeys(settings.listen.endpoints())
    mail = {name: read_endpoint(text) for name, text in errand["listen"].items()}
    listen = settings.listen.model_copy(update={**nowhere, **mail, "metrics": metrics})
    return settings.model_copy(update={"listen": listen, "relay": RelaySection()})
