"""The settings of ``[listen]``: where clients connect."""

from pydantic import model_validator

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Endpoint, OptionalEndpoint


class ListenSection(Section):
    """Where clients connect. Ports under 1024 need the right to bind them."""

    submission: OptionalEndpoint = Endpoint("127.0.0.1", 1587)
    """Submission, TLS by STARTTLS (the standard port is 587)."""

    submissions: OptionalEndpoint = Endpoint("127.0.0.1", 1465)
    """Submission, TLS from the first octet (the standard port is 465)."""

    imap: OptionalEndpoint = Endpoint("127.0.0.1", 1143)
    """IMAP, TLS by STARTTLS (the standard port is 143)."""

    imaps: OptionalEndpoint = Endpoint("127.0.0.1", 1993)
    """IMAP, TLS from the first octet (the standard port is 993)."""

    ldap: OptionalEndpoint = None
    """The directory as an address book (LDAP), TLS by StartTLS (the standard port is 389)."""

    ldaps: OptionalEndpoint = None
    """The same, TLS from the first octet (the standard port is 636)."""

    relay: OptionalEndpoint = None
    """Mail from other operators, TLS by STARTTLS (the standard port is 25). Needs `[relay]` and `[trust]`."""

    http: OptionalEndpoint = None
    """The web console, and what machines ask (`[console]`); a good place is 127.0.0.1:1443."""

    metrics: OptionalEndpoint = None
    """Where Prometheus asks for numbers, in clear and apart from people (`[metrics]`), such as
    127.0.0.1:9464. Without it the console answers `/metrics`, to whoever has the token."""

    @model_validator(mode="after")
    def _distinct(self) -> "ListenSection":
        taken: dict[Endpoint, str] = {}
        for name, endpoint in self.endpoints().items():
            if endpoint.port and endpoint in taken:
                raise ValueError(f"{name} and {taken[endpoint]} cannot both listen on {endpoint}")
            taken[endpoint] = name
        return self

    def endpoints(self) -> dict[str, Endpoint]:
        """Those that are not disabled, by name, in the order of the file."""
        doors = {
            "submission": self.submission,
            "submissions": self.submissions,
            "imap": self.imap,
            "imaps": self.imaps,
            "ldap": self.ldap,
            "ldaps": self.ldaps,
            "relay": self.relay,
            "http": self.http,
            "metrics": self.metrics,
        }
        return {name: endpoint for name, endpoint in doors.items() if endpoint is not None}
