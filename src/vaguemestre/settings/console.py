"""The settings of ``[console]``: how the web console is reached. ``[listen] http`` says where."""

from pydantic import field_validator, model_validator

from vaguemestre.net.http import is_web
from vaguemestre.net.loopback import is_loopback
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Count, Endpoint, Seconds, Words


class ConsoleSection(Section):
    """The web console."""

    tls: bool = True
    """TLS with the certificate of `[tls]`. False behind a proxy that speaks TLS."""

    proxies: Words = ()
    """Addresses of the proxies that are believed when they say for whom they ask (`X-Forwarded-For`)."""

    connections: Count = 200
    """Connections at once."""

    address: str = ""
    """What administrators type, such as `https://console.example.fr`; empty: `hostname` and the port."""

    idle: Seconds = 900
    """How long a session lasts that nobody uses."""

    longest: Seconds = 28_800
    """How long a session lasts at most: a day's work."""

    second_person: bool = False
    """Whether a second operator lets the first one read contents. The command line then reads none."""

    reading: Seconds = 1_800
    """How long an operator who gave a reason may read the contents of a mailbox."""

    deciding: Seconds = 86_400
    """How long a wish to read waits for the second operator."""

    @field_validator("address")
    @classmethod
    def _is_web(cls, address: str) -> str:
        if address and not is_web(address):
            raise ValueError("address begins with https:// (or http://)")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _nobody_speaks_for_all(self) -> "ConsoleSection":
        if "*" in self.proxies:
            raise ValueError("proxies names addresses: anybody could say to be somebody else")
        return self

    def is_safe_at(self, endpoint: Endpoint | None) -> bool:
        """Whether what passes there is read by nobody in between."""
        return endpoint is None or self.tls or bool(self.proxies) or is_loopback(endpoint.host)
