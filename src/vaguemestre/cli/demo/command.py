"""``vaguemestre demo``: set everything up, play the story, stay up for a mail client to connect."""

import asyncio
import os
import secrets
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from vaguemestre.app import App, running
from vaguemestre.cli.demo.people import CITIZEN_DOMAIN, EVERYBODY, PROFESSIONAL_DOMAIN
from vaguemestre.cli.demo.stage import MovableClock, Stage
from vaguemestre.cli.demo.story import Story
from vaguemestre.cli.demo.transcript import Said, StepFailed, Transcript
from vaguemestre.cli.failures import CommandFailed
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.cli.language import speaks_french
from vaguemestre.log import configure_logging
from vaguemestre.mail.address import parse_address
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.settings import read_settings

_MARK = ".made-by-vaguemestre-demo"
_PORTS = {"submission": 1587, "submissions": 1465, "imap": 1143, "imaps": 1993}
_RETENTION = timedelta(days=91)  # the story begins that long ago: a day more than messages are kept


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the story.")] = False,
    folder: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the server keeps its files; made anew each time.")
    ] = Path("var/demo"),
) -> None:
    """Start a server on loopback, play the service's story over real connections, stay up."""
    transcript = Transcript(Console(highlight=False), speaks_french(os.environ))
    try:
        uvloop.run(_play(folder.absolute(), once, transcript))
    except StepFailed as failed:
        raise CommandFailed(f"The story stopped at {failed.step}: {failed.what}") from failed
    except KeyboardInterrupt:
        transcript.tell(Said("Stopped.", "Arrêté."))


async def _play(folder: Path, once: bool, transcript: Transcript) -> None:
    with transcript.step(0, Said("A server, from nothing", "Un serveur, à partir de rien")):
        _furnish(folder)
        settings = read_settings(folder / SETTINGS_FILE)
        clock = MovableClock(_RETENTION)
    log = folder / "server.log"
    async with _logged(log), running(settings, clock) as app:
        await _people(app)
        transcript.show(_listeners(app))
        tls = ssl.create_default_context(cafile=folder / "certs/ca.pem")
        await Story(Stage(app, clock, transcript, folder, tls)).play()
        done = Said(
            "The story is told: every step went as said.",
            "L'histoire est dite : tout s'est passé comme prévu.",
        )
        transcript.proven(done)
        if not once:
            transcript.show(_how_to_connect(app, folder, transcript))
            await asyncio.Event().wait()


@asynccontextmanager
async def _logged(path: Path) -> AsyncIterator[None]:
    """The server's log goes to a file: the transcript stays readable."""
    with path.open("w", encoding="utf-8") as stream:
        configure_logging(json=False, level="info", key=secrets.token_bytes(32), stream=stream)
        yield


def _furnish(folder: Path) -> None:
    """Make the folder anew: only one that an earlier demonstration made is ever removed."""
    if folder.exists():
        if not (folder / _MARK).exists():
            raise CommandFailed(f"{folder} is not a demonstration's: choose another with --folder")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True)
    (folder / _MARK).touch()
    furnish(
        folder,
        {
            ("domains", "professional"): (PROFESSIONAL_DOMAIN,),
            ("domains", "citizen"): (CITIZEN_DOMAIN,),
            **{("listen", name): f"127.0.0.1:{_free(port)}" for name, port in _PORTS.items()},
        },
    )


def _free(port: int) -> int:
    """The usual port, or 0 (the system chooses) when something listens there already."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


async def _people(app: App) -> None:
    for person in EVERYBODY:
        request = AccountRequest(
            parse_address(person.address), person.kind, person.name, person.rpps, password=person.password
        )
        await app.services.accounts.add(request, "admin.demo")


def _listeners(app: App) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=False)
    for name, endpoint in app.listeners.items():
        table.add_row("[bold]" + name, str(endpoint))
    return table


def _how_to_connect(app: App, folder: Path, transcript: Transcript) -> Panel:
    table = Table(box=None, padding=(0, 2), show_header=False)
    say = transcript.say
    table.add_row(say(Said("incoming", "réception")), f"IMAP  localhost:{app.port('imaps')}  SSL/TLS")
    table.add_row(say(Said("outgoing", "envoi")), f"SMTP  localhost:{app.port('submissions')}  SSL/TLS")
    table.add_row(say(Said("authority to trust", "autorité à approuver")), str(folder / "certs/ca.pem"))
    table.add_row("", "")
    for person in EVERYBODY:
        table.add_row(f"{person.kind}  {person.name}", f"{person.address}   {person.password}")
    title = say(Said("Connect Thunderbird (Ctrl-C stops)", "Connectez Thunderbird (Ctrl-C arrête)"))
    return Panel(table, title=title, expand=False, border_style="cyan")
