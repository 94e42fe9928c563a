"""The door for other operators: port 25, TLS by STARTTLS, certificates on both sides. domain.md §6."""

from vaguemestre.mail.peer import Peer
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.ports.trust import Trust
from vaguemestre.smtpd.connection import RelayConnection
from vaguemestre.smtpd.door import SmtpDoor
from vaguemestre.smtpd.ports import IncomingT, Operators, Relaying, Sender
from vaguemestre.smtpd.senders import PeerSender
from vaguemestre.smtpd.terms import RelayTerms, SmtpLimits


class RelayDoor(SmtpDoor):
    """Lets other operators bring mail for ours."""

    def __init__(
        self,
        operators: Operators,
        trust: Trust,
        relaying: Relaying[IncomingT],
        tls_context: ServerContext,
        hostname: str,
        limits: SmtpLimits,
        most_of_one: int,
    ) -> None:
        """``tls_context`` asks for certificates. ``most_of_one``: connections of one operator at once."""

        def sender_of(peer: Peer) -> Sender:
            return PeerSender(relaying, peer)

        terms = RelayTerms(
            bounds=relaying,
            operators=operators,
            trust=trust,
            sender_of=sender_of,
            most_of_one=most_of_one,
            tls_context=tls_context,
            hostname=hostname,
            limits=limits,
        )
        super().__init__(terms, lambda: RelayConnection(terms))
