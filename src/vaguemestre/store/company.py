"""The processes that serve one SQLite file side by side, and how each tells the others of its changes.

Each has a pair of sockets, made by the first and handed to those it starts: what is written into one end of
a process's pair comes out at that process. Nobody else can reach them, and they need no name in a folder. A
word is a reason to look and no truth: what is lost because somebody is slow, or away, is found within a
second by who looks at the file itself (``loop_lane``).
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from vaguemestre.mail.change import Change
from vaguemestre.store.changes import ChangeBus
from vaguemestre.store.signals import spoken, understood

_log = structlog.get_logger()

_AT_ONCE: Final = 500  # changes of some thirty octets in one datagram
_LARGEST: Final = 65_536
_IN_A_ROW: Final = 50  # datagrams taken before others of the loop have their turn


@dataclass(frozen=True, slots=True)
class Company:
    """Which of several processes this one is: 0 is the first, who starts the others.

    ``ears`` is the descriptor at which it hears, ``bells`` are those at which the others are told.
    """

    number: int = 0
    ears: int | None = None
    bells: tuple[int, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether there are others."""
        return bool(self.bells)


ALONE: Final = Company()


class Neighbouring:
    """Tells the others what is published here, and publishes here what they tell. Made in its loop."""

    def __init__(self, company: Company, bus: ChangeBus) -> None:
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._ears = None if company.ears is None else _open(company.ears)
        self._bells = [_open(bell) for bell in company.bells]
        bus.tell_others(self._tell)
        if self._ears is not None:
            self._loop.add_reader(self._ears, self._hear)

    def close(self) -> None:
        """Say nothing more, hear nothing more."""
        self._bus.tell_others(_nobody)
        if self._ears is not None:
            self._loop.remove_reader(self._ears)
            self._ears.close()
        for bell in self._bells:
            bell.close()

    def _tell(self, changes: Sequence[Change]) -> None:
        for words in spoken(changes, _AT_ONCE):
            octets = words.encode()
            for bell in self._bells:
                try:
                    bell.send(octets)
                except OSError:  # too much unheard, or nobody there: it looks for itself
                    continue

    def _hear(self) -> None:
        if self._ears is None:
            return
        changes: list[Change] = []
        for _ in range(_IN_A_ROW):
            try:
                octets = self._ears.recv(_LARGEST)
            except BlockingIOError:
                break
            if not octets:  # the first process is no more, and this one is about to end
                self._loop.remove_reader(self._ears)
                break
            try:
                changes += understood(octets.decode())
            except ValueError:
                _log.warning("neighbour_not_understood", exc_info=True)
        self._bus.hear(changes)


def _open(descriptor: int) -> socket.socket:
    """An end of a pair, as a copy: who handed it over closes his own."""
    end = socket.socket(fileno=socket.dup(descriptor))
    end.setblocking(False)
    return end


def _nobody(_: Iterable[Change]) -> None:
    """There is nobody to tell any more."""
