"""The settings of ``[outbound]``: how mail leaves for other operators. domain.md §6, RFC 5321 §4.5.4.1."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, model_validator

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import (
    Count,
    Days,
    Endpoint,
    Seconds,
    Unit,
    read_domains,
    read_endpoint,
    read_list,
)

_PAUSE: Final = re.compile(r"(?P<number>[1-9][0-9]{0,4}) ?(?P<unit>s|m|h)")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Route:
    """A domain, and the server that receives its mail whatever its records say."""

    domain: str
    server: Endpoint

    def __str__(self) -> str:
        return f"{self.domain} {self.server}"


def read_routes(value: object) -> tuple[Route, ...]:
    """``hopital.example mx.hopital.example:25``, one for each domain. Raises ValueError."""
    if isinstance(value, tuple) and all(isinstance(item, Route) for item in value):
        return value
    found: dict[str, Route] = {}
    for text in read_list(value, "hopital.example mx.hopital.example:25"):
        name, _, at = text.partition(" ")
        (domain,), server = read_domains([name]), read_endpoint(at)
        if server is None or domain in found:
            raise ValueError(f"{text!r} is not a domain and, once, its server: host:port")
        found[domain] = Route(domain, server)
    return tuple(found.values())


def read_schedule(value: object) -> tuple[str, ...]:
    """Pauses: ``1m``, ``4h``. Raises ValueError."""
    pauses = tuple(read_list(value, "15m"))
    if not pauses or not all(map(_PAUSE.fullmatch, pauses)):
        raise ValueError("it is a list of pauses such as 30s, 15m or 4h")
    return pauses


Routes: TypeAlias = Annotated[
    tuple[Route, ...], BeforeValidator(read_routes), Unit("list of domains, each with its host:port")
]
Schedule: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(read_schedule), Unit("list of pauses: 30s, 15m, 4h")
]


class OutboundSection(Section):
    """Mail to other operators: where it goes, how often it is tried, when its sender is told."""

    routes: Routes = ()
    """Servers of domains whose MX records are not asked. Their certificates count as everybody's."""

    schedule: Schedule = ("1m", "5m", "15m", "30m", "1h", "2h", "4h")
    """How long is waited after each attempt in vain, for a message and for a destination that does not
    answer; the last one again and again."""

    delay_notice: Seconds = 14400
    """After how long the sender is told that a message has not been accepted yet."""

    end: Days = 5
    """After how long it comes back to him."""

    connections: Count = 100
    """Connections to all operators at once."""

    connections_per_destination: Count = 10
    """Of them, to one domain; it begins with two and grows while all goes well."""

    lease: Seconds = 60
    """How long a process has what it is sending to itself; it asks again while it lives. What was being sent
    when it was killed is sent again after that, or, on SQLite, when it starts again."""

    @property
    def pauses(self) -> tuple[timedelta, ...]:
        """The schedule as durations."""
        found = [match for match in map(_PAUSE.fullmatch, self.schedule) if match is not None]
        return tuple(timedelta(seconds=int(one["number"]) * _SECONDS[one["unit"]]) for one in found)

    @model_validator(mode="after")
    def _in_order(self) -> "OutboundSection":
        if timedelta(seconds=self.delay_notice) >= timedelta(days=self.end):
            raise ValueError("delay_notice comes before end")
        return self
