"""Dialling another operator: who is believed, and what a session brings back. domain.md §6."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.operator_tls import Hands, operator_tls, strangers
from tests.support.other_operator import THEIRS, OtherOperator, a_dialling, a_trust, another_operator, our_tls

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.service.ports.carrier import HungUp, Unreachable
from vaguemestre.smtp.client_commands import Mailing
from vaguemestre.transport.dialling import Dialling

LETTER = b"Subject: x\r\n\r\n.dot\r\n"
TWO = tuple((Address(local, THEIRS), NO_WISH) for local in ("paul", "anne"))


def letter(octets: bytes = LETTER) -> Callable[[], AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(octets), 50_000):
            yield octets[start : start + 50_000]

    return pieces


def a_mailing(size: int = len(LETTER)) -> Mailing:
    return Mailing(Address("claire", "cabinet.example"), TWO, size)


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[OtherOperator]:
    async with another_operator(tmp_path) as operator:
        yield operator


@pytest.fixture
async def dialling(tmp_path: Path, peer: OtherOperator) -> Dialling:
    trust = a_trust(hopital_example="citizen-operator")
    return a_dialling(await our_tls(tmp_path), trust, hopital_example=peer.port)


@pytest.mark.parametrize("extensions", [("PIPELINING", "CHUNKING"), ("PIPELINING",), ()])
async def test_one_connection_carries_one_message_after_another(
    peer: OtherOperator, dialling: Dialling, extensions: tuple[str, ...]
) -> None:
    peer.extensions = extensions
    peer.rcpt = lambda line: "550 5.1.1 who" if "anne" in line else "250 ok"
    long = b"x" * 998 + b"\r\n"
    async with dialling.session(THEIRS) as session:
        first = await session.send(a_mailing(), letter())
        second = await session.send(a_mailing(300_000), letter(long * 300))
    assert [reply.code for reply in (*first, *second)] == [250, 550, 250, 550]
    assert [taken.octets for taken in peer.taken] == [LETTER, long * 300]
    assert peer.connections == 1


@pytest.mark.parametrize("certificate", ["operator", "revoked"])
async def test_a_server_that_is_not_listed_or_is_revoked_gets_nothing(
    tmp_path: Path, certificate: str
) -> None:
    trust = a_trust(hopital_example="citizen-operator", other_example=certificate)
    async with another_operator(tmp_path, certificate) as peer:
        dialling = a_dialling(await our_tls(tmp_path), trust, hopital_example=peer.port)
        with pytest.raises(Unreachable) as refused:
            async with dialling.session(THEIRS):
                pass
        assert refused.value.reply.status == "4.7.5"
        assert not refused.value.is_final
        assert peer.taken == []


async def test_a_server_of_an_authority_unknown_to_us_is_told_apart_from_one_that_does_not_answer(
    tmp_path: Path,
) -> None:
    trust = a_trust(hopital_example="citizen-operator")
    async with another_operator(tmp_path) as peer:
        peer.tls = operator_tls(strangers(), tmp_path / "strangers", Hands()).server
        dialling = a_dialling(await our_tls(tmp_path), trust, hopital_example=peer.port)
        with capture_logs() as logs, pytest.raises(Unreachable) as refused:
            async with dialling.session(THEIRS):
                pass
    assert (refused.value.reply.status, refused.value.is_final) == ("4.7.5", False)
    assert [line["event"] for line in logs] == ["peer_refused"]


async def test_a_domain_outside_the_trust_space_is_not_dialled(
    peer: OtherOperator, dialling: Dialling
) -> None:
    with pytest.raises(Unreachable):
        async with dialling.session("elsewhere.example"):
            pass
    assert peer.connections == 0


async def test_what_is_said_before_tls_ends_the_session(peer: OtherOperator, dialling: Dialling) -> None:
    peer.injects = b"250-peer\r\n250 REQUIRETLS\r\n"
    with pytest.raises(Unreachable):
        async with dialling.session(THEIRS):
            pass


async def test_without_starttls_nothing_is_sent(peer: OtherOperator, dialling: Dialling) -> None:
    peer.offers_tls = False
    with pytest.raises(Unreachable) as refused:
        async with dialling.session(THEIRS):
            pass
    assert refused.value.reply.status == "4.7.5"


@pytest.mark.parametrize(("greeting", "code"), [("421 4.3.2 busy", 421), ("554 no", 554)])
async def test_a_server_that_turns_away_is_told_of(
    peer: OtherOperator, dialling: Dialling, greeting: str, code: int
) -> None:
    peer.greeting = greeting
    with pytest.raises(Unreachable) as refused:
        async with dialling.session(THEIRS):
            pass
    assert (refused.value.reply.code, refused.value.is_final) == (code, False)


async def test_nobody_there_is_for_now(tmp_path: Path) -> None:
    dialling = a_dialling(
        await our_tls(tmp_path), a_trust(hopital_example="citizen-operator"), hopital_example=1
    )
    with pytest.raises(Unreachable) as refused:
        async with dialling.session(THEIRS):
            pass
    assert refused.value.reply.status == "4.4.1"


async def test_a_server_that_hangs_up_says_nothing_of_the_message(
    peer: OtherOperator, dialling: Dialling
) -> None:
    peer.final = lambda _: None
    async with dialling.session(THEIRS) as session:
        with pytest.raises(HungUp) as cut:
            await session.send(a_mailing(), letter())
    assert cut.value.is_sudden
    peer.final = lambda _: "421 4.3.2 going"
    async with dialling.session(THEIRS) as session:
        with pytest.raises(HungUp) as left:
            await session.send(a_mailing(), letter())
    assert not left.value.is_sudden


async def test_a_message_that_cannot_be_read_to_its_end_is_not_sent(
    peer: OtherOperator, dialling: Dialling
) -> None:
    peer.extensions = ("PIPELINING",)

    async def broken() -> AsyncIterator[bytes]:
        yield LETTER
        raise ValueError("the key is gone")

    async with dialling.session(THEIRS) as session:
        with pytest.raises(ValueError, match="gone"):
            await session.send(a_mailing(), broken)
    assert peer.taken == []
