"""The whole server with its console, a clock that tests move, and browsers signed in as somebody."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiosmtplib
import httpx
from tests.support.hashing import QUICK
from tests.support.migrated import a_migrated_file
from tests.support.smtp_door import client_context, pki
from tests.support.world import FakeClock

from vaguemestre.app import App, running
from vaguemestre.cli.init import SETTINGS_FILE
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.administration import Role
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.administration.second_factor import code_at
from vaguemestre.settings import read_settings
from vaguemestre.settings.sample import Chosen, sample
from vaguemestre.vault.keys import generate_master, write_master

PASSWORD: Final = "une longue phrase de passe"
PATIENCE: Final = 120.0  # seconds for one answer: slower than that is broken, not slow
PROFESSIONAL_DOMAIN: Final = "cabinet.mssante.fr"
CITIZEN_DOMAIN: Final = "patient.mssante.fr"


@dataclass(slots=True)
class ConsoleHouse:
    """``secrets`` are those of the telephones, by name."""

    app: App
    clock: FakeClock
    secrets: dict[str, bytes] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the console is."""
        return f"https://localhost:{self.app.port('http')}"

    def browser(self) -> httpx.AsyncClient:
        """One that nobody has signed in with."""
        return httpx.AsyncClient(base_url=self.address, verify=client_context(), timeout=PATIENCE)

    def code(self, name: str) -> str:
        """What somebody's telephone shows; time passes so that the next one is another."""
        self.clock.pass_(seconds=30)
        return code_at(self.secrets[name], self.clock.now())

    async def administrator(self, name: str, role: Role = Role.OPERATOR) -> None:
        """An account that was taken up."""
        accounts = self.app.services.administration.accounts
        token = await accounts.add(name, role, "test")
        invited = await accounts.invited(token)
        assert invited is not None
        self.secrets[name] = invited.secret
        await accounts.enrol(token, PASSWORD, self.code(name), "test")

    async def bal(self, local: str, kind: BalKind = BalKind.PER, name: str = "") -> Bal:
        """An account; its password is ``PASSWORD``."""
        domain = CITIZEN_DOMAIN if kind is BalKind.CITIZEN else PROFESSIONAL_DOMAIN
        request = AccountRequest(parse_address(f"{local}@{domain}"), kind, name=name, password=PASSWORD)
        return await self.app.services.accounts.add(request, "test")

    async def letter(self, sender: Bal, recipient: Bal, message: EmailMessage | None = None) -> str:
        """A letter that was accepted; its Message-ID."""
        message = message or a_short_letter()
        message["From"], message["To"] = str(sender.address), str(recipient.address)
        message["Message-ID"] = f"<{secrets.token_hex(8)}@{PROFESSIONAL_DOMAIN}>"
        async with aiosmtplib.SMTP(
            hostname="localhost",
            port=self.app.port("submissions"),
            use_tls=True,
            tls_context=client_context(),
        ) as client:
            await client.login(str(sender.address), PASSWORD)
            await client.send_message(message)
        return str(message["Message-ID"])

    @asynccontextmanager
    async def signed_in(self, role: Role = Role.OPERATOR) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody in that role, whose account is made when it is first asked for."""
        name = f"anna.{role.value}"
        if name not in self.secrets:
            await self.administrator(name, role)
        async with self.browser() as browser:
            form = {"name": name, "password": PASSWORD, "code": self.code(name)}
            answer = await browser.post("/sign-in", data=form)
            assert answer.status_code == 303, answer.text
            yield browser


def a_short_letter() -> EmailMessage:
    """Without sender, recipient and identifier."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Vos résultats"
    message.set_content("Bonjour, tout va bien.\n")
    return message


def token_in(page: str) -> str:
    """What the forms of a page carry."""
    return page.partition('name="token" value="')[2].partition('"')[0]


def path_of(location: str) -> str:
    """Where a redirection leads, without its question."""
    return urlsplit(location).path


@asynccontextmanager
async def a_console_house(folder: Path, more: Chosen | None = None) -> AsyncIterator[ConsoleHouse]:
    """A fresh one."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True, parents=True)
    write_master(folder / "master.key", generate_master())
    a_migrated_file(folder / "vaguemestre.db")
    listeners = ("submission", "submissions", "imap", "imaps", "http")
    chosen: dict[tuple[str, str], object] = {
        ("", "hostname"): "localhost",
        ("domains", "professional"): (PROFESSIONAL_DOMAIN,),
        ("domains", "citizen"): (CITIZEN_DOMAIN,),
        ("tls", "certificate"): str(pki().certificate),
        ("tls", "key"): str(pki().key),
        **{("listen", name): "127.0.0.1:0" for name in listeners},
        **(more or {}),
    }
    path = folder / SETTINGS_FILE
    path.write_text(sample(chosen), encoding="utf-8")
    clock = FakeClock()
    async with running(read_settings(path), clock, QUICK) as app:
        yield ConsoleHouse(app, clock)
