"""The settings of ``[console]``: how the web console is reached. ``[listen] http`` says where."""

from pydantic import model_validator

from vaguemestre.net.loopback import is_loopback
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Count, Endpoint, Words


class ConsoleSection(Section):
    """The web console."""

    tls: bool = True
    """TLS with the certificate of `[tls]`. False behind a proxy that speaks TLS."""

    proxies: Words = ()
    """Addresses of the proxies that are believed when they say for whom they ask (`X-Forwarded-For`)."""

    connections: Count = 200
    """Connections at once."""

    @model_validator(mode="after")
    def _nobody_speaks_for_all(self) -> "ConsoleSection":
        if "*" in self.proxies:
            raise ValueError("proxies names addresses: anybody could say to be somebody else")
        return self

    def is_safe_at(self, endpoint: Endpoint | None) -> bool:
        """Whether what passes there is read by nobody in between."""
        return endpoint is None or self.tls or bool(self.proxies) or is_loopback(endpoint.host)
