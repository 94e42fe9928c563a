"""``vaguemestre serve``: the server, in the foreground, until SIGTERM or Ctrl-C.

The first signal stops it in order: nobody new comes in, clients are told, what was accepted is filed. A
second one ends the process at once; whatever was acknowledged is on disk all the same.
"""

import asyncio
import gc
import resource
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import typer
import uvloop

from vaguemestre.app import App, running
from vaguemestre.cli.operation import Config, config_file, settings_of
from vaguemestre.cli.output import say
from vaguemestre.companions import Companions
from vaguemestre.log import configure_logging
from vaguemestre.services import SystemClock
from vaguemestre.settings import Settings
from vaguemestre.settings.schema import LogFormat
from vaguemestre.store.company import Company

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = structlog.get_logger()


def serve(context: typer.Context, config: Config = None) -> None:
    """Serve until SIGTERM or Ctrl-C. The log goes to standard error."""
    settings = settings_of(context, config)
    allow_many_connections()
    uvloop.run(_serve(settings, config_file(context, config)))


async def _serve(settings: Settings, config: Path) -> None:
    companions, stop = Companions(config, settings.processes), asyncio.Event()
    try:
        async with served(settings, companions.company, stop) as app:
            await companions.start(app.listeners, app.services.sampling.hear)
            say(ready(app))
            if not settings.security.require_tls:
                _log.warning("sign_in_without_tls_allowed", where="loopback")
            await stop.wait()
            companions.dismiss()
    finally:
        await companions.gone()
    _log.info("server_stopped")


@asynccontextmanager
async def served(settings: Settings, company: Company, stop: asyncio.Event) -> AsyncIterator[App]:
    """The server of this process, up inside the block; the first signal sets ``stop``."""
    # Until the vault is open nothing is known to make lasting pseudonyms with: these last for this start.
    _configure(settings, secrets.token_bytes(32), for_good=False)
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    async with running(settings, SystemClock(), company=company) as app:
        _configure(settings, app.services.log_key, for_good=True)
        settle()
        listeners = {name: str(at) for name, at in app.listeners.items()}
        _log.info("server_started", process=company.number, listeners=listeners)
        yield app
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        _log.info("server_stopping", process=company.number)


def settle() -> None:
    """What was made to start with stays: the collector of cycles never looks through it again.

    There are 120,000 objects of it: a full collection held every session for 80 ms, and takes 4 without them.
    """
    gc.collect()
    gc.freeze()


def ready(app: App) -> str:
    """The line that says where the server listens; printed once it does."""
    return "Ready: " + ", ".join(f"{name} {endpoint}" for name, endpoint in app.listeners.items())


def _configure(settings: Settings, key: bytes, for_good: bool) -> None:
    json = settings.log.format is LogFormat.JSON
    configure_logging(json=json, level=settings.log.level, key=key, for_good=for_good)


def allow_many_connections() -> None:
    """Each connection is a file: take as many as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
