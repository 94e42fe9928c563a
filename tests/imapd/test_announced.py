"""What is announced, word for word, in each state of a connection. RFC 9051 §6.1.1; RFC 9051 §7.2.2."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR
from tests.support.imap_door import MAX_MESSAGE, Client, an_open_door

ALWAYS = [
    "IMAP4rev1",
    "IMAP4rev2",
    "LITERAL+",
    "SASL-IR",
    "ID",
    "ENABLE",
    "IDLE",
]

SIGNED_IN = [
    "NAMESPACE",
    "UIDPLUS",
    "UNSELECT",
    "MOVE",
    "CHILDREN",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "SPECIAL-USE",
    "CREATE-SPECIAL-USE",
    "ESEARCH",
    "WITHIN",
    "SEARCHRES",
    "PARTIAL",
    "SORT",
    "SORT=DISPLAY",
    "ESORT",
    "THREAD=ORDEREDSUBJECT",
    "THREAD=REFERENCES",
    "CONDSTORE",
    "QRESYNC",
    "UIDONLY",
    "NOTIFY",
    "STATUS=SIZE",
    "PREVIEW",
    "SAVEDATE",
    "OBJECTID",
    "BINARY",
    "MULTIAPPEND",
    "CATENATE",
    "REPLACE",
    "INPROGRESS",
    "UTF8=ACCEPT",
    "ACL",
    "RIGHTS=kxte",
    "QUOTA",
    "QUOTA=RES-STORAGE",
    f"APPENDLIMIT={MAX_MESSAGE}",
]

IN_CLEAR = ["AUTH=SCRAM-SHA-256", "AUTH=PLAIN", "AUTH=LOGIN"]


async def announced(client: Client) -> list[str]:
    return (await client.ask("CAPABILITY"))[0].decode().split()[2:]


@asynccontextmanager
async def greeted(folder: Path, *, tls: bool = False, require_tls: bool = False) -> AsyncIterator[Client]:
    async with an_open_door(folder, require_tls=require_tls) as opened, opened.client(tls=tls) as client:
        assert (await client.line()).startswith(b"* OK [CAPABILITY IMAP4")
        yield client


@pytest.mark.parametrize(
    ("tls", "require_tls", "last"),
    [
        pytest.param(False, False, ["STARTTLS", *IN_CLEAR], id="in clear on this machine"),
        pytest.param(False, True, ["STARTTLS", "LOGINDISABLED"], id="in clear where TLS is required"),
        pytest.param(True, True, ["AUTH=SCRAM-SHA-256-PLUS", *IN_CLEAR], id="over TLS"),
    ],
)
async def test_before_sign_in(tls: bool, require_tls: bool, last: list[str], tmp_path: Path) -> None:
    async with greeted(tmp_path, tls=tls, require_tls=require_tls) as client:
        assert await announced(client) == [*ALWAYS, *last]


async def test_enabling_changes_nothing_of_it(tmp_path: Path) -> None:
    """RFC 9051 §6.3.1. LITERAL+ stands without LITERAL- in every state (RFC 7888 §5)."""
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        before = await announced(client)
        assert await client.ask("ENABLE IMAP4rev2") == [
            b"* ENABLED IMAP4rev2\r\n",
            b"t3 OK ENABLE completed\r\n",
        ]
        assert await announced(client) == before
        assert "LITERAL-" not in before


async def test_signed_in_and_then_compressed(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        assert await announced(client) == [*ALWAYS, *SIGNED_IN, "COMPRESS=DEFLATE"]
        await client.ask("COMPRESS DEFLATE")
        client.start_deflate()
        assert await announced(client) == [*ALWAYS, *SIGNED_IN]
