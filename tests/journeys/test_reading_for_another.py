"""Real clients sign in for another: with an authorisation identity, or with both names as user name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from imapclient import IMAPClient
from tests.journeys.test_imap_with_mbsync import a_mirror
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.imap_door import PASSWORD, OpenDoor, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.programs import program, run
from tests.support.readers import let

from vaguemestre.mail.access import Right

BOTH = f"{DOCTOR}*{OTHER_DOCTOR}"


@asynccontextmanager
async def a_delegated_door(folder: Path) -> AsyncIterator[OpenDoor]:
    """The doctor's INBOX holds a letter, and the notice that a colleague may read it."""
    async with an_open_door(folder, require_tls=True) as opened:
        secretary = await opened.world.bal(OTHER_DOCTOR, password=PASSWORD)
        await let(opened.world, secretary, opened.doctor, Right.READ, Right.SEND)
        letter = a_letter(secretary, DOCTOR, message_id="<own@x>")
        assert (await opened.world.send(secretary, letter, DOCTOR)).is_positive
        yield opened


@pytest.mark.parametrize("how", ["authzid", "name"])
async def test_curl_reads_for_another(tmp_path: Path, how: str) -> None:
    binary = program("curl")
    async with a_delegated_door(tmp_path) as opened:
        options = ["--user", f"{OTHER_DOCTOR if how == 'authzid' else BOTH}:{PASSWORD}"]
        if how == "authzid":
            options += ["--login-options", "AUTH=PLAIN", "--sasl-authzid", DOCTOR]
        kept = tmp_path / "kept"
        ended = await run(
            binary,
            *("--silent", "--show-error", "--disable", "--noproxy", "*", "--ssl-reqd"),
            *("--cacert", str(pki().authority), *options, "--output", str(kept)),
            f"imaps://localhost:{opened.tls_port}/INBOX;UID=2",
        )
        assert ended.status == 0, ended.said
        assert b"treize huit" in kept.read_bytes()


async def test_imapclient_reads_for_another(tmp_path: Path) -> None:
    async with a_delegated_door(tmp_path) as opened:

        def read() -> tuple[bytes, list[str]]:
            context = ssl.create_default_context(cafile=str(pki().authority))
            with IMAPClient("localhost", opened.tls_port, ssl_context=context) as client:
                client.login(BOTH, PASSWORD)
                names = [name for _, _, name in client.list_folders()]
                client.select_folder("INBOX")
                return client.fetch([2], ["BODY.PEEK[]"])[2][b"BODY[]"], names

        octets, names = await asyncio.to_thread(read)
        assert b"treize huit" in octets
        assert "Historique d'accès" in names


async def test_mbsync_keeps_the_history_in_step_both_ways(tmp_path: Path) -> None:
    async with a_mirror(tmp_path) as mirror:
        await mirror.opened.world.inspection.overview(mirror.opened.doctor.address, "ann")
        await mirror.synced()
        await mirror.synced()
        await mirror.opened.world.inspection.overview(mirror.opened.doctor.address, "bob")
        await mirror.synced()
        found = [path for path in mirror.folder.rglob("*") if "Historique" in str(path) and path.is_file()]
        assert len([path for path in found if path.parent.name in {"cur", "new"}]) == 2
