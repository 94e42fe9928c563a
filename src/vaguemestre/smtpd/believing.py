"""Who another operator is: what his certificate says, and the trust list of it. domain.md §6.

Before each message, and not once a connection: a certificate may be revoked, and a list replaced, while a
session lasts. Nobody signs in here, and before TLS nothing is to be had (RFC 3207 §4). All that sets this
door apart from the one of accounts is here.
"""

import ssl
from collections.abc import Mapping
from typing import Final

import structlog

from vaguemestre.mail.distinguished_name import NameSyntaxError
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.net.operators import Fault, PeerRefused, turned_away_by
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.smtp import replies
from vaguemestre.smtp.order import RELAY, Stage
from vaguemestre.smtpd.greeting import GreetingCommands, recipients_at_most
from vaguemestre.smtpd.ports import Sender
from vaguemestre.smtpd.terms import RelayTerms

_SAID: Final[Mapping[Fault, Reply]] = {
    Fault.MISSING: replies.CERTIFICATE_MISSING,
    Fault.UNREADABLE: replies.CERTIFICATE_UNREADABLE,
    Fault.UNKNOWN_AUTHORITY: replies.AUTHORITY_UNKNOWN,
    Fault.NOT_YET_VALID: replies.CERTIFICATE_NOT_YET_VALID,
    Fault.EXPIRED: replies.CERTIFICATE_EXPIRED,
    Fault.REVOKED: replies.CERTIFICATE_REVOKED,
    Fault.UNVERIFIED: replies.CERTIFICATE_UNVERIFIED,
}
_TOLD: Final[Mapping[Fault, Reply]] = {
    Fault.UNKNOWN_AUTHORITY: replies.AUTHORITY_WAS_UNKNOWN,
    Fault.PURPOSE: replies.CERTIFICATE_WAS_NO_CLIENTS,
    Fault.UNSOUND: replies.CERTIFICATE_WAS_UNSOUND,
}

_log = structlog.get_logger()


class Believing(GreetingCommands):
    """A session of another operator's."""

    order = RELAY
    terms: RelayTerms
    operator: str | None = None  # the key of his name, once he is believed
    told: Fault | None = None  # why TLS turned his address away before: no certificate is asked for this time

    @property
    def rest_stage(self) -> Stage:
        """Where a session stands between messages: TLS and EHLO are enough, MAIL asks the rest."""
        if not self.is_secure:
            return Stage.IN_CLEAR
        if not self.client.host_name:
            return Stage.CONNECTED
        return Stage.SIGNED_IN if self.client.extended_smtp else Stage.HELLO

    @property
    def trace_word(self) -> str:
        """RFC 3848: TLS, and no sign-in."""
        return "ESMTPS"

    def keywords(self) -> list[str]:
        """In clear, what leads to TLS and nothing else."""
        return super().keywords() if self.is_secure else ["STARTTLS"]

    def own_keywords(self) -> list[str]:
        """How many recipients any message may have."""
        return [recipients_at_most(self.terms.bounds.max_recipients)]

    async def smtp_AUTH(self, arg: str) -> None:
        """Not here; without a syntax, so HELP does not tell of it either."""
        self.blame(replies.NOT_OFFERED)

    async def admitted(self) -> Sender | Reply:
        """The operator, as his certificate and the list in force have him now."""
        if self.told is not None:
            return self._refused(_TOLD[self.told], f"{self.told}, when TLS began the last time")
        await self.flush()  # what came before must not wait for a responder
        try:
            subject = subject_of(await self.terms.operators.verified(self.certificate))
        except PeerRefused as refused:
            shown = refused.certificate
            named = shown.subject.rfc4514_string() if shown is not None else ""
            return self._refused(_SAID[refused.fault], refused.fault, named)
        except NameSyntaxError:
            return self._refused(replies.CERTIFICATE_UNREADABLE, Fault.UNREADABLE)
        trust = self.terms.trust
        if not trust.is_current:
            return self._refused(replies.TRUST_NOT_CURRENT, "trust list too old")
        domains = trust.domains_of(subject)
        if not domains:
            return self._refused(replies.OPERATOR_NOT_LISTED, "not listed", str(subject))
        self.operator = subject.key
        if self._has_enough_connections():
            self.dismiss(replies.OPERATOR_CONNECTIONS)
        return self.terms.sender_of(
            Peer(subject, domains, self.peer, self.client.host_name or "", self._protection())
        )

    def tls_to_offer(self) -> ServerContext | None:
        """As for everybody; to who comes back after an alert, one that lets him read why."""
        self.told = self.terms.turned_away.take(self.peer, self.loop.time())
        return super().tls_to_offer() if self.told is None else self.terms.operators.telling

    def tls_failed(self, error: BaseException) -> None:
        """An alert was all that he was told: remember what to tell him."""
        fault = turned_away_by(error)
        if fault is not None:
            self.terms.turned_away.note(self.peer, fault, self.loop.time())

    def forget_client(self) -> None:
        """Nor which operator it is."""
        super().forget_client()
        self.operator = None

    def _refused(self, reply: Reply, why: str, subject: str = "") -> Reply:
        _log.warning("operator_refused", peer=self.peer, reason=str(why), subject=subject)
        return reply

    def _has_enough_connections(self) -> bool:
        """Whether his operator has more than it may; ours is counted."""
        guests, most = self.terms.guests, self.terms.most_of_one
        if len(guests) <= most:
            return False
        return sum(isinstance(each, Believing) and each.operator == self.operator for each in guests) > most

    def _protection(self) -> str:
        tls: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object") if self.transport else None
        suite = tls.cipher() if tls is not None else None
        return f"{suite[1]} {suite[0]}" if suite is not None else ""
