"""Notifications by a webhook on a real HTTPS server: signed, named, and every way it may fail."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.support.outside import HttpServer, a_web_server
from tests.support.smtp_door import client_context, pki

from vaguemestre.notify.webhook import Webhook, signature
from vaguemestre.service.ports.notification import NotTold, Telling

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TELLING = Telling("mon-espace/42", "0123abcd", "Du nouveau", "Connectez-vous : é", NOW)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with a_web_server(str(pki().certificate), str(pki().key)) as opened:
        yield opened


async def told(way: Webhook) -> None:
    async with way.session() as session:
        await session.tell(TELLING)


async def test_it_is_told_signed_and_named(server: HttpServer) -> None:
    way = Webhook(server.url, b"secret", client_context())
    await told(way)
    await told(way)
    first, second = server.given
    assert (first.path, json.loads(first.body)) == (
        "/told",
        {"id": "0123abcd", "to": "mon-espace/42", "subject": "Du nouveau", "text": "Connectez-vous : é"},
    )
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == '"0123abcd"'
    timestamp = first.headers["Vaguemestre-Timestamp"]
    assert int(timestamp) == NOW.timestamp()
    assert first.headers["Vaguemestre-Signature"] == "v1=" + signature(b"secret", timestamp, first.body)
    assert signature(b"other", timestamp, first.body) != signature(b"secret", timestamp, first.body)


@pytest.mark.parametrize(
    ("status", "is_final", "is_cut"),
    [(410, True, False), (404, False, False), (429, False, False), (503, False, True)],
)
async def test_a_refusal_is_final_only_where_it_says_that_nobody_is_there(
    server: HttpServer, status: int, is_final: bool, is_cut: bool
) -> None:
    server.status = status
    with pytest.raises(NotTold) as refused:
        await told(Webhook(server.url, b"secret", client_context()))
    assert (refused.value.reason, refused.value.is_final, refused.value.is_cut) == (
        str(status),
        is_final,
        is_cut,
    )


async def test_a_redirection_is_not_followed(server: HttpServer) -> None:
    server.status = 307
    with pytest.raises(NotTold):
        await told(Webhook(server.url, b"secret", client_context()))
    assert len(server.given) == 1


async def test_a_certificate_of_another_authority_is_not_trusted(server: HttpServer) -> None:
    with pytest.raises(NotTold) as refused:
        await told(Webhook(server.url, b"secret", ssl.create_default_context()))
    assert (refused.value.reason, refused.value.is_final) == ("no connection", False)
    assert server.given == []


async def test_a_server_that_hangs_is_not_waited_for_for_ever(server: HttpServer) -> None:
    server.hangs = True
    with pytest.raises(NotTold) as refused:
        await told(Webhook(server.url, b"secret", client_context(), patience=0.2))
    assert refused.value.reason == "no answer in time"
