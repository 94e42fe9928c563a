"""Our server, as an operator would start it: made by ``init``'s own code, served by the command line."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.servers import PASSWORD, PEOPLE, Server, free_ports, recipient, sender, until_listening
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings

PROCESSES = os.cpu_count() or 1  # as an operator would: the peers have many, too


async def start_ours(folder: Path) -> Server:
    """A server with the same people as its peers, TLS optional on loopback, logging to a file."""
    smtp, imap, imaps = free_ports(3)
    await asyncio.to_thread(_furnish, folder, smtp, imap, imaps)
    settings = read_settings(folder / SETTINGS_FILE)
    async with open_services(settings, SystemClock()) as services:
        for number in range(PEOPLE):
            for address, kind in ((sender(number), BalKind.PER), (recipient(number), BalKind.CITIZEN)):
                request = AccountRequest(parse_address(address), kind, password=PASSWORD)
                await services.accounts.add(request, "benchmarks")
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import sys; from vaguemestre.cli.main import main; sys.exit(main())",
            "serve",
            "--config",
            str(folder / SETTINGS_FILE),
            env={
                **os.environ,
                "VAGUEMESTRE_SECURITY__REQUIRE_TLS": "false",
                "VAGUEMESTRE_LOG__FORMAT": "json",
            },
            stdout=log,
            stderr=log,
        )
    with suppress(TimeoutError):
        await until_listening([smtp, imap, imaps])
    if process.returncode is not None:
        raise RuntimeError((folder / "server.log").read_text())
    return Server("Vaguemestre", smtp, imap, imaps, [process], [process.pid])


def _furnish(folder: Path, smtp: int, imap: int, imaps: int) -> None:
    folder.mkdir()
    furnish(
        folder,
        {
            ("domains", "professional"): ("bench.mssante.fr",),
            ("domains", "citizen"): ("patient.mssante.fr",),
            ("listen", "submission"): f"127.0.0.1:{smtp}",
            ("listen", "submissions"): "",
            ("listen", "imap"): f"127.0.0.1:{imap}",
            ("listen", "imaps"): f"127.0.0.1:{imaps}",
            ("", "processes"): PROCESSES,
            ("limits", "connections"): 4000,
            ("limits", "connections_per_address"): 4000,
            ("limits", "connections_per_account"): 4000,
            ("sending", "per"): str(Allowance(*(999_999_999,) * 5)),
        },
    )
