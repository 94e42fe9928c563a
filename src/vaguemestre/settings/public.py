"""The settings of ``[public]``: how mail programs that set themselves up reach this service."""

from vaguemestre.settings.section import Section
from vaguemestre.settings.values import OptionalEndpoint


class PublicSection(Section):
    """Where mail programs find this service from outside, which may be in front of `[listen]`."""

    name: str = "Messagerie de santé"
    """What the account is called in a mail program."""

    imap: OptionalEndpoint = None
    """IMAP with TLS from the first octet; empty: `hostname`, port 993."""

    submission: OptionalEndpoint = None
    """Submission with TLS from the first octet; empty: `hostname`, port 465."""
