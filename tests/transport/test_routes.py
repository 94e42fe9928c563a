"""Which servers receive a domain's mail, asked of a name server on a real socket. RFC 5321 §5.1, RFC 7505."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.asyncresolver import Resolver

from vaguemestre.service.ports.carrier import Unreachable
from vaguemestre.transport.routes import Routes, Server

ZONE = {
    ("many.example.", "MX"): ["20 late.example.", "10 a.example.", "10 b.example."],
    ("a.example.", "A"): ["192.0.2.1"],
    ("a.example.", "AAAA"): ["2001:db8::1"],
    ("b.example.", "A"): ["192.0.2.2"],
    ("late.example.", "A"): ["192.0.2.3"],
    ("plain.example.", "A"): ["192.0.2.4"],
    ("none.example.", "MX"): ["0 ."],
    ("lost.example.", "MX"): ["10 nowhere.example."],
    ("xn--hpital-ixa.example.", "A"): ["192.0.2.5"],
}


class NameServer(asyncio.DatagramProtocol):
    """Answers from the zone; ``fails.example`` with SERVFAIL, ``slow.example`` never."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text(), question.rdtype.name
        if name == "slow.example.":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name == "fails.example.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif texts := ZONE.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def routes(**static: Server) -> AsyncIterator[Routes]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    resolver.search = []
    try:
        by_domain = {name.replace("_", "."): server for name, server in static.items()}
        yield Routes(by_domain, resolver, patience=0.5)
    finally:
        transport.close()


async def test_a_route_of_the_settings_is_asked_of_nobody() -> None:
    async with routes(many_example=Server("mx.other.example", 2525)) as found:
        assert await found.of("many.example") == [Server("mx.other.example", 2525)]


async def test_the_preferred_come_first_and_equals_by_chance() -> None:
    first: set[str] = set()
    async with routes() as found:
        for _ in range(30):
            hosts = [server.host for server in await found.of("many.example")]
            assert sorted(hosts[:3]) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
            assert hosts[3:] == ["192.0.2.3"]
            first.add(hosts[0])
    assert "192.0.2.2" in first
    assert len(first) > 1


async def test_without_mx_the_domain_itself_receives() -> None:
    async with routes() as found:
        assert await found.of("plain.example") == [Server("192.0.2.4", 25)]
        assert await found.of("hôpital.example") == [Server("192.0.2.5", 25)]


@pytest.mark.parametrize(
    ("domain", "status"),
    [("none.example", "5.1.10"), ("unknown.example", "5.1.2"), ("lost.example", "5.1.2")],
)
async def test_a_domain_that_takes_no_mail_is_not_tried_again(domain: str, status: str) -> None:
    async with routes() as found:
        with pytest.raises(Unreachable) as refused:
            await found.of(domain)
    assert (refused.value.reply.status, refused.value.is_final) == (status, True)


@pytest.mark.parametrize("domain", ["fails.example", "slow.example"])
async def test_a_name_server_that_fails_says_nothing_of_the_domain(domain: str) -> None:
    async with routes() as found:
        with pytest.raises(Unreachable) as refused:
            await found.of(domain)
    assert (refused.value.reply.status, refused.value.is_final) == ("4.4.3", False)
