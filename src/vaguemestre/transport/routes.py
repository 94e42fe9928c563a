"""Which servers receive a domain's mail: a route of the settings, else its MX records. RFC 5321 §5.1.

Records are found without proof, so they decide where we knock and never whom we believe: the certificate
does (domain.md §6). A name server that fails says nothing about the domain, and is asked again.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdtypes.ANY.MX import MX
from dns.resolver import NXDOMAIN, NoAnswer

from vaguemestre.service.ports.carrier import Unreachable
from vaguemestre.smtp.client_replies import local_reply

_MOST: Final = 10  # servers of one domain that are tried at once: RFC 5321 §5.1 asks for two at least
_PATIENCE: Final = 10.0  # seconds for a question, with its repetitions
_PORT: Final = 25


class Server(NamedTuple):
    """Where to knock: a name or an address."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Routes:
    """``static`` by domain in lower case. ``shuffle`` mixes servers of the same preference."""

    static: Mapping[str, Server] = field(default_factory=dict)
    resolver: Resolver | None = None
    patience: float = _PATIENCE

    async def of(self, domain: str) -> Sequence[Server]:
        """In the order to be tried. Raises Unreachable."""
        route = self.static.get(domain)
        if route is not None:
            return [route]
        resolver = self.resolver or Resolver()
        try:
            hosts = await self._exchangers(resolver, domain)
            found: list[Server] = []
            for host in hosts[:_MOST]:
                found += [Server(address, _PORT) for address in await self._addresses(resolver, host)]
        except (DNSException, OSError) as error:
            raise Unreachable(local_reply(451, "4.4.3", "the name servers do not answer")) from error
        if not found:
            raise Unreachable(
                local_reply(550, "5.1.2", "no server receives the mail of that domain"), is_final=True
            )
        return found[:_MOST]

    async def _exchangers(self, resolver: Resolver, domain: str) -> list[str]:
        try:
            answer = await resolver.resolve(_ascii(domain), "MX", lifetime=self.patience)
        except NXDOMAIN:
            return []
        except NoAnswer:
            return [domain]  # RFC 5321 §5.1: the implicit MX
        records = [record for record in answer if isinstance(record, MX)]
        if [record.exchange.to_text() for record in records] == ["."]:
            # RFC 7505 §3: a domain that says it takes no mail; 5.1.10 is RFC 7505 §4.2.
            raise Unreachable(local_reply(556, "5.1.10", "that domain takes no mail"), is_final=True)
        by_chance = {record: random.random() for record in records}  # noqa: S311 (to spread, not to hide)
        records.sort(key=lambda record: (record.preference, by_chance[record]))
        return [record.exchange.to_text(omit_final_dot=True) for record in records]

    async def _addresses(self, resolver: Resolver, host: str) -> list[str]:
        try:
            answers = await resolver.resolve_name(_ascii(host), lifetime=self.patience)
        except (NXDOMAIN, NoAnswer):
            return []
        return list(answers.addresses())


def _ascii(domain: str) -> str:
    """RFC 5891 §4: names are asked for in ASCII. What cannot be written so is asked as it stands."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
