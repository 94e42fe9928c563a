"""Commands put in clear behind STARTTLS, to be obeyed as another operator's. RFC 3207 §4.2."""

import asyncio
from pathlib import Path

import pytest
from tests.support.operator_tls import client_of, health_pki
from tests.support.relay_door import THEIRS, an_open_relay

INJECTED = [
    b"NOOP\r\n",
    f"EHLO thief.example\r\nMAIL FROM:<191070000002243@{THEIRS}>\r\n".encode(),
    b"NOOP",  # half a line: it must not become the beginning of the peer's first
    b"x" * 100_000 + b"\r\n",
]


@pytest.mark.parametrize("injected", INJECTED, ids=["command", "message", "half a line", "much"])
async def test_what_came_in_clear_is_not_obeyed_under_tls(injected: bytes, tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, relay.client() as client:
        await client.reply()
        await client.ask(b"EHLO mx\r\n")
        said = await client.ask(b"STARTTLS\r\n" + injected)
        assert said == b"220 2.0.0 Ready to start TLS\r\n"
        try:
            await client.start_tls(client_of(health_pki(), "citizen-operator"))
        except (OSError, asyncio.IncompleteReadError):
            return  # it was read as TLS, and the connection ended: nothing was obeyed either
        assert (await client.ask(b"MAIL FROM:<>\r\n")).startswith(b"503 5.5.1 Send EHLO first")
        assert not relay.sorting.kept


async def test_nothing_said_before_tls_is_remembered(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, relay.client() as client:
        await client.reply()
        await client.ask(b"EHLO mx\r\n")
        assert (await client.ask(b"BDAT 4 LAST\r\nabcd")).startswith(b"530-5.7.0 ")
        assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
        await client.start_tls(client_of(health_pki(), "citizen-operator"))
        assert (await client.ask(b"DATA\r\n")).startswith(b"503 5.5.1 Send EHLO first")
