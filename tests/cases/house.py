"""One operator of the cases: a whole server in this process, on real TLS doors, and its accounts."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import aiosmtplib
from tests.cases.mail_client import PATIENCE, MailClient, signed_in
from tests.cases.people import Person
from tests.support.hashing import QUICK

from vaguemestre.app import App, running
from vaguemestre.cli.init import SETTINGS_FILE
from vaguemestre.mail.address import parse_address
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.ports.clock import Clock
from vaguemestre.settings import read_settings
from vaguemestre.settings.sample import Chosen, sample

LISTENERS: Final[Chosen] = {
    ("listen", name): "127.0.0.1:0" for name in ("submission", "submissions", "imap", "imaps")
}
PASSWORD: Final = "correct-horse battery"
OPERATOR: Final = "admin.cases"
_LOOK_EVERY: Final = 0.005  # seconds, while what a background job has begun to send is on its way
_TELLING: Final = {"send", "report", "tell closings", "tell closings elsewhere", "answer", "release"}

T = TypeVar("T")


@dataclass
class House:
    """``usual`` are the settings its folder was furnished with; ``_chosen`` those that cases have changed."""

    folder: Path
    usual: Chosen
    clock: Clock
    up: AsyncExitStack
    _people: set[str] = field(default_factory=set)
    _app: App | None = None
    _chosen: dict[tuple[str, str], object] = field(default_factory=dict)

    @property
    def app(self) -> App:
        """The server, which is up."""
        assert self._app is not None
        return self._app

    async def start(self, chosen: Chosen) -> None:
        """Put the server up, or put it up again with other settings: its ports for people change."""
        await self.up.aclose()
        self._chosen.update(chosen)
        path = self.folder / SETTINGS_FILE
        if chosen:
            text = sample({**self.usual, **self._chosen})
            assert all(f"\n{key} = " in text for _, key in chosen), f"no such settings: {sorted(chosen)}"
            path.write_text(text, encoding="utf-8")
        self._app = await self.up.enter_async_context(running(read_settings(path), self.clock, QUICK))

    def tls(self) -> ssl.SSLContext:
        """A client that trusts this server's authority and nobody else."""
        return ssl.create_default_context(cafile=str(self.folder / "certs" / "ca.pem"))

    async def account(self, person: Person) -> None:
        """Make the account of somebody who is named for the first time."""
        if person.kind is None or person.address in self._people:
            return
        request = AccountRequest(
            parse_address(person.address), person.kind, password=PASSWORD, sector=person.sector
        )
        await self.app.services.accounts.add(request, OPERATOR)
        self._people.add(person.address)

    def submission(self) -> aiosmtplib.SMTP:
        """A client that may connect."""
        return aiosmtplib.SMTP(
            hostname="localhost",
            port=self.app.port("submissions"),
            use_tls=True,
            tls_context=self.tls(),
            timeout=PATIENCE,
        )

    async def with_imap(
        self, person: Person, act: Callable[[MailClient], T], holder: Person | None = None
    ) -> T:
        """Let somebody do something with an IMAP client; ``holder``: in whose mailbox, if not his own."""
        await self.account(person)
        name = person.address if holder is None else f"{holder.address}*{person.address}"

        def run() -> T:
            with signed_in(self.app.port("imaps"), self.tls(), name, PASSWORD) as client:
                return act(client)

        return await asyncio.to_thread(run)

    async def settle(self) -> bool:
        """Let the background jobs do what is due, to the end of what they have begun to send.

        Whether anything was told or sent, which may bring about something at another operator.
        """
        told = False
        for job in self.app.jobs:
            while (done := await job.run_once(1000)) >= 1000:
                pass
            told = told or (done > 0 and job.name in _TELLING)
        store = self.app.services.store
        while waiting := await store.read(lambda tx: tx.outbound.listed()):
            told = True
            if not any(one.owner for one in waiting):
                break
            # The lease ends in the database: there is no event.
            await asyncio.sleep(_LOOK_EVERY)
        return told


@asynccontextmanager
async def a_house(pristine: Path, folder: Path, usual: Chosen, clock: Clock) -> AsyncIterator[House]:
    """On a copy of a furnished folder; not up yet, down at the end."""
    shutil.copytree(pristine, folder)
    async with AsyncExitStack() as up:
        yield House(folder, usual, clock, up)
