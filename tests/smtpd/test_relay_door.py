"""Other operators come in by their certificate, judged before each message. domain.md §6."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.operator_tls import client_of, health_pki, own_pki, strangers
from tests.support.relay_door import THEIRS, OpenRelay, an_open_relay, is_turned_away
from tests.support.smtp_door import Client
from tests.support.trust_lists import a_kept_trust, operators_of
from tests.support.world import FakeClock

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.smtpd.terms import SmtpLimits

CITIZEN = f"191070000002243@{THEIRS}"
MAIL = f"MAIL FROM:<{CITIZEN}>\r\n".encode()


@asynccontextmanager
async def a_peer(
    relay: OpenRelay, name: str | None = "citizen-operator", pki: HealthPki | None = None
) -> AsyncIterator[Client]:
    """Another operator, up to EHLO under TLS."""
    async with relay.client() as client:
        await client.reply()
        await client.ask(b"EHLO mx.citoyens.example\r\n")
        assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
        await client.start_tls(client_of(pki or health_pki(), name))
        assert (await client.ask(b"EHLO mx.citoyens.example\r\n")).startswith(b"250-")
        yield client


async def test_what_the_service_is_given_names_the_operator_and_the_way(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, a_peer(relay) as client:
        for command in (MAIL, b"RCPT TO:<claire.martin@cabinet.mssante.fr>\r\n", b"DATA\r\n"):
            await client.ask(command)
        assert (await client.ask(b"a: b\r\n\r\nc\r\n.\r\n")).startswith(b"250 ")
        (bag,) = relay.sorting.kept
        assert bag.letter.octets == b"a: b\r\n\r\nc\r\n"
        assert bag.letter.protocol == "ESMTPS"
        assert str(bag.peer.subject).startswith("CN=mss.citoyens.example,")
        assert bag.peer.domains == {THEIRS}
        assert bag.peer.trace.startswith("mx.citoyens.example ([127.0.0.1]) (TLSv1.3 TLS_")


async def test_a_certificate_is_judged_by_its_dates_at_each_message(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, a_peer(relay) as client:
        assert (await client.ask(MAIL)).startswith(b"250 ")
        await client.ask(b"RSET\r\n")
        relay.clock.at += timedelta(days=4 * 365)
        assert b"454 4.7.5 [MSS-TLS-4] " in await client.ask(MAIL)
        relay.clock.at -= timedelta(days=8 * 365)
        assert b"454 4.7.5 [MSS-TLS-3] " in await client.ask(MAIL)


async def test_who_cannot_be_verified_waits(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, a_peer(relay) as client:
        relay.clock.at += timedelta(days=60)  # the lists were in force for thirty
        assert b"451 4.7.5 [MSS-TLS-6] " in await client.ask(MAIL)


async def test_a_list_too_old_to_act_on_lets_mail_wait(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, a_peer(relay) as client:
        relay.trust.is_current = False
        assert b"451 4.7.1 [MSS-TLS-9] " in await client.ask(MAIL)
        relay.trust.is_current = True
        assert (await client.ask(MAIL)).startswith(b"250 ")


async def test_a_list_swapped_during_a_session_counts_from_the_next_message(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay, a_peer(relay) as client:
        assert (await client.ask(MAIL)).startswith(b"250 ")
        relay.trust.listed = {}
        assert (await client.ask(b"RCPT TO:<claire.martin@cabinet.mssante.fr>\r\n")).startswith(b"250 ")
        await client.ask(b"RSET\r\n")
        assert b"550 5.7.1 [MSS-TLS-8] " in await client.ask(MAIL)


async def test_a_list_refreshed_while_the_door_is_open_counts_from_the_next_message(tmp_path: Path) -> None:
    (tmp_path / "trust").mkdir()
    kept = a_kept_trust(health_pki(), tmp_path / "trust", FakeClock(datetime.now(UTC)))
    kept.publish(*operators_of(health_pki(), citizen_operator=THEIRS))
    await kept.keeping.begin()
    async with an_open_relay(tmp_path, space=kept.keeping.space) as relay, a_peer(relay) as client:
        assert (await client.ask(MAIL)).startswith(b"250 ")
        await client.ask(b"RSET\r\n")
        for listed, said in (("operator", b"550 5.7.1 [MSS-TLS-8] "), ("citizen_operator", b"250 2.1.0 ")):
            kept.clock.pass_(hours=1)
            kept.publish(*operators_of(health_pki(), **{listed: THEIRS}))
            await kept.keeping.run_once(1)
            assert said in await client.ask(MAIL)


async def test_who_is_revoked_during_a_session_sends_no_more(tmp_path: Path) -> None:
    pki = own_pki(tmp_path / "pki")
    async with an_open_relay(tmp_path, pki) as relay, a_peer(relay, pki=pki) as client:
        assert (await client.ask(MAIL)).startswith(b"250 ")
        await client.ask(b"RSET\r\n")
        pki.revoke(pki.shown("citizen-operator"), now=relay.clock.at + timedelta(minutes=1))
        await relay.operators.lists.run_once(1)
        with capture_logs() as logs:
            assert b"550 5.7.1 [MSS-TLS-5] " in await client.ask(MAIL)
    (line,) = (each for each in logs if each["event"] == "operator_refused")
    assert line["reason"] == "revoked"
    assert line["subject"].startswith("CN=mss.citoyens.example,")


@pytest.mark.parametrize(
    ("name", "identifier"), [("operator", b"MSS-TLS-10"), ("list-signer", b"MSS-TLS-11")]
)
async def test_who_is_turned_away_by_tls_reads_why_when_he_comes_back(
    tmp_path: Path, name: str, identifier: bytes
) -> None:
    pki = strangers() if name == "operator" else health_pki()
    async with an_open_relay(tmp_path) as relay:
        await is_turned_away(relay, pki, name)
        async with a_peer(relay, name, pki) as client:
            for _ in range(2):  # in that session nobody is believed, whatever he shows
                said = await client.ask(MAIL)
                assert said.startswith(b"454-4.7.5 [" + identifier + b"] ")
                assert b"\r\n454 4.7.5 [" + identifier + b"] The certificate last shown" in said
        assert relay.sorting.kept == []


async def test_a_neighbour_of_who_was_turned_away_waits_once_and_the_door_goes_on(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay:
        await is_turned_away(relay, strangers(), "operator")
        async with a_peer(relay) as client:
            assert (await client.ask(MAIL)).startswith(b"454-4.7.5 [MSS-TLS-10] ")
        await is_turned_away(relay, strangers(), "operator")  # told a moment ago: nothing to tell again
        async with a_peer(relay) as client:
            assert (await client.ask(MAIL)).startswith(b"250 ")


async def test_one_operator_has_so_many_connections_and_others_theirs(tmp_path: Path) -> None:
    async with an_open_relay(tmp_path, most_of_one=1) as relay, a_peer(relay) as first:
        assert (await first.ask(MAIL)).startswith(b"250 ")
        async with a_peer(relay) as second:
            assert (await second.ask(MAIL)).startswith(b"421-4.3.2 ")
        await first.ask(b"RSET\r\n")
        assert (await first.ask(MAIL)).startswith(b"250 ")


async def test_one_address_has_so_many_connections(tmp_path: Path) -> None:
    limits = SmtpLimits(connections_per_address=1)
    async with an_open_relay(tmp_path, limits=limits) as relay, relay.client() as first:
        assert (await first.reply()).startswith(b"220 ")
        async with relay.client() as second:
            assert (await second.reply()).startswith(b"421-4.3.2 ")
