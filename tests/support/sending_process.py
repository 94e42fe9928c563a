"""A process that sends what one database has queued, beside others that do the same.

Its arguments: the database, the folder of keys and certificates, the other operator's port, its own name.
It ends when nothing is due.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.support.operator_tls import Hands, operator_tls
from tests.support.other_operator import THEIRS, trust_of
from tests.support.vault import a_bare_vault

from vaguemestre.log import configure_logging
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.outbound.sending import Sending, SendingTerms
from vaguemestre.store.open import open_store
from vaguemestre.transport.dialling import Dialling, Shown
from vaguemestre.transport.routes import Routes, Server


class Now:
    """The clock; the application's comes with all of it."""

    def now(self) -> datetime:
        """Of this machine."""
        return datetime.now(UTC)


async def main(url: str, folder: Path, port: int, name: str) -> None:
    """Until nothing is due."""
    pki = HealthPki(folder / "pki")
    tls = operator_tls(pki, folder / name, Hands(), "operator")
    await tls.lists.run_once(1)
    store, vault = await open_store(url), await a_bare_vault(folder, name)
    shown = Shown(tls.client, tls.verified, trust_of(pki, {THEIRS: "citizen-operator"}))
    carrier = Dialling(Routes({THEIRS: Server("127.0.0.1", port)}), shown, f"{name}.example")
    terms = SendingTerms(connections_per_destination=3)
    print("ready", flush=True)
    sys.stdin.readline()
    await Sending(store, vault, Now(), carrier, terms, name).run_once(100)
    await store.close()
    await vault.close()


if __name__ == "__main__":
    configure_logging(json=False, level="warning", key=b"k" * 32)
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
