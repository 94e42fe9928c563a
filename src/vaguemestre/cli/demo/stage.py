"""What every step of the story stands on: the running server, its clients, its clock."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaguemestre.app import App
from vaguemestre.cli.demo.clients import Reader, Submitter
from vaguemestre.cli.demo.people import Person
from vaguemestre.cli.demo.transcript import Transcript


class MovableClock:
    """The real time, minus an offset that the story takes away.

    The story begins in the past and ends in the present, so that what stays up afterwards is on time.
    """

    def __init__(self, behind: timedelta) -> None:
        self._behind = behind

    def now(self) -> datetime:
        """The story's present moment."""
        return datetime.now(UTC) - self._behind

    def come_to_the_present(self) -> None:
        """From now on, the real time."""
        self._behind = timedelta(0)


@dataclass(frozen=True, slots=True)
class Stage:
    """The scene: ``folder`` holds the server's files, ``tls`` trusts its development authority."""

    app: App
    clock: MovableClock
    transcript: Transcript
    folder: Path
    tls: ssl.SSLContext

    def submitter(self, person: Person) -> Submitter:
        """A connection that will submit for somebody."""
        return Submitter(self.transcript, person, self.app.port("submissions"), self.tls)

    def reader(self, person: Person) -> Reader:
        """A connection that will read for somebody."""
        return Reader(self.transcript, person, self.app.port("imaps"), self.tls)
