"""Two processes send what one PostgreSQL database has queued: everything arrives, nothing twice."""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.support.operator_tls import health_pki
from tests.support.other_operator import THEIRS, another_operator
from tests.support.postgresql import a_database
from tests.support.vault import a_bare_vault

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.store.open import open_store

MESSAGES = 150
PROCESSES = ("one", "two")
CLAIRE, PAUL = Address("claire", "cabinet.mssante.fr"), Address("paul", THEIRS)
ROOT = Path(__file__).parents[2]


async def queue(store: Store, folder: Path) -> None:
    vault, now = await a_bare_vault(folder, "queueing"), datetime.now(UTC)
    new = []
    for number in range(MESSAGES):
        spool = vault.spool()
        spool.feed(f"Message-ID: <{number}@x>\r\n\r\n{'.' * 2000}\r\n".encode())
        body = await vault.seal(OUTGOING, spool, b"", now)
        spool.discard()
        new.append(NewOutbound(None, f"q{number}", CLAIRE, [(PAUL, NO_WISH)], body, now))

    def unit(tx: Transaction) -> None:
        for one in new:
            tx.outbound.add(one)

    await store.write(unit, "test", is_long=True)
    await vault.close()


@asynccontextmanager
async def a_process(url: str, folder: Path, port: int, name: str) -> AsyncIterator[Process]:
    """One that waits for a word to begin."""
    arguments = (url, str(folder), str(port), name)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.sending_process", *arguments),
        stdin=PIPE,
        stdout=PIPE,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_two_processes_send_what_one_database_has_and_nothing_twice(
    postgresql: str, migrated_database: str, tmp_path: Path
) -> None:
    url = a_database(postgresql, template=migrated_database)
    shutil.copytree(health_pki().folder, tmp_path / "pki")
    store = await open_store(url)
    await queue(store, tmp_path)
    async with another_operator(tmp_path) as peer, AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(a_process(url, tmp_path, peer.port, name)) for name in PROCESSES
        ]
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
        assert [await process.wait() for process in processes] == [0, 0]
        senders = Counter(peer.greeted)
        arrived = Counter(taken.octets.partition(b"\r\n")[0] for taken in peer.taken)
    assert set(senders) == {f"{name}.example" for name in PROCESSES}
    assert len(arrived) == MESSAGES
    assert set(arrived.values()) == {1}
    assert await store.read(lambda tx: tx.outbound.listed()) == []
    await store.close()
