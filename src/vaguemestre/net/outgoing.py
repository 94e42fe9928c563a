"""How TLS comes to a mail connection that we open ourselves: RFC 3207, RFC 8314 §3."""

from enum import StrEnum


class OutgoingTls(StrEnum):
    """`none` is for this machine alone."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"
