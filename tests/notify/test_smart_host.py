"""Notifications by mail on a real server: TLS, AUTH, one connection for many, and every way it may fail."""

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from tests.support.outside import PASSWORD, USER, a_smart_host
from tests.support.smtp_door import client_context, pki

from vaguemestre.mail.address import Address
from vaguemestre.net.outgoing import OutgoingTls
from vaguemestre.notify.smart_host import SmartHost
from vaguemestre.service.ports.notification import NotTold, Telling

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TO = "jeanne@personnel.example"


def serving() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki().certificate, pki().key)
    return context


def a_way(
    port: int,
    tls: OutgoingTls = OutgoingTls.STARTTLS,
    user: str = "",
    password: str = "",
    patience: float = 20.0,
) -> SmartHost:
    sender = Address("ne-pas-repondre", "messager.example")
    named = (sender, "Mon messager", "mail.test")
    return SmartHost("localhost", port, tls, client_context(), *named, user, password, patience)


def telling(to: str = TO, key: str = "0123") -> Telling:
    return Telling(to, key, "Du nouveau / Something new", "Connectez-vous : é\nhttps://mon.example/", NOW)


async def test_it_is_taken_over_under_tls_after_signing_in() -> None:
    async with a_smart_host(serving(), auth=True) as host:
        way = a_way(host.port, user=USER, password=PASSWORD)
        async with way.session() as session:
            for key in ("1", "2", "3"):
                await session.tell(telling(key=key))
    assert host.connections == 1
    assert [given.sender for given in host.given] == ["<>"] * 3
    assert [given.recipients for given in host.given] == [[TO]] * 3
    message = message_from_bytes(host.given[0].octets, policy=default)
    assert str(message["From"]) == "Mon messager <ne-pas-repondre@messager.example>"
    assert (message["To"], message["Subject"]) == (TO, "Du nouveau / Something new")
    assert (message["Message-ID"], message["Auto-Submitted"]) == ("<1@mail.test>", "auto-generated")
    assert message["Date"].datetime == NOW
    assert message.get_content() == "Connectez-vous : é\r\nhttps://mon.example/\r\n"


async def test_tls_may_come_with_the_first_octet() -> None:
    implicit = OutgoingTls.IMPLICIT
    async with (
        a_smart_host(serving(), implicit=True) as host,
        a_way(host.port, implicit).session() as session,
    ):
        await session.tell(telling())
    assert [given.recipients for given in host.given] == [[TO]]


async def test_an_address_beyond_ascii_is_written_to() -> None:
    async with a_smart_host(serving()) as host, a_way(host.port).session() as session:
        await session.tell(telling("jérôme@personnel.example"))
    assert host.given[0].recipients == ["jérôme@personnel.example"]
    assert "To: jérôme@".encode() in host.given[0].octets


async def test_a_certificate_of_another_authority_is_not_trusted() -> None:
    async with a_smart_host(serving()) as host:
        way = replace(a_way(host.port), context=ssl.create_default_context())
        with pytest.raises(NotTold) as refused:
            async with way.session():
                pass
    assert refused.value.reason == "the smart host takes nothing: its certificate is not to be trusted"
    assert not refused.value.is_final
    assert host.given == []


async def test_a_server_without_tls_is_told_nothing() -> None:
    async with a_smart_host(None) as host:
        with pytest.raises(NotTold):
            async with a_way(host.port).session():
                pass
        async with a_way(host.port, OutgoingTls.NONE).session() as session:
            await session.tell(telling())
    assert len(host.given) == 1


async def test_a_wrong_password_is_a_mistake_of_the_settings_and_nobodys_end() -> None:
    async with a_smart_host(serving(), auth=True) as host:
        with pytest.raises(NotTold) as refused:
            async with a_way(host.port, user=USER, password="wrong").session():
                pass
    assert refused.value.reason.startswith("the smart host takes nothing: 535")
    assert not refused.value.is_final


async def test_a_refusal_is_its_holders_alone_and_its_words_are_not_kept() -> None:
    async with a_smart_host(serving()) as host, a_way(host.port).session() as session:
        host.answers |= {
            "nobody@personnel.example": "550 5.1.1 <nobody@personnel.example> is unknown here",
            "later@personnel.example": "451 4.7.1 <later@personnel.example> come back later",
            "odd@personnel.example": "554 odd@personnel.example no",
        }
        refusals = []
        for to in host.answers:
            with pytest.raises(NotTold) as refused:
                await session.tell(telling(to))
            refusals.append((refused.value.reason, refused.value.is_final, refused.value.is_cut))
        await session.tell(telling())
    assert refusals == [("550 5.1.1", True, False), ("451 4.7.1", False, False), ("554", True, False)]
    assert [given.recipients for given in host.given] == [[TO]]


async def test_a_cut_connection_ends_the_session() -> None:
    async with a_smart_host(serving()) as host, a_way(host.port).session() as session:
        host.cuts = True
        for _ in range(2):
            with pytest.raises(NotTold) as refused:
                await session.tell(telling())
            assert (refused.value.is_final, refused.value.is_cut) == (False, True)
    assert len(host.given) == 1


async def test_a_server_that_hangs_is_not_waited_for_for_ever() -> None:
    async with a_smart_host(serving()) as host:
        host.hangs = True
        async with a_way(host.port, patience=0.2).session() as session:
            with pytest.raises(NotTold) as refused:
                await session.tell(telling())
    assert (refused.value.reason, refused.value.is_cut) == ("no answer in time", True)


async def test_a_server_that_never_greets_is_not_waited_for_for_ever() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    ended = asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(NotTold) as refused:
            async with a_way(port, patience=0.2).session():
                pass
    finally:
        ended.set()
        server.close()
        await server.wait_closed()
    assert refused.value.reason == "the smart host takes nothing: no answer in time"
    with pytest.raises(NotTold) as absent:
        async with a_way(port).session():
            pass
    assert absent.value.reason == "the smart host takes nothing: no connection"
