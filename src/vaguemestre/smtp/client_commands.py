"""MAIL and RCPT as a client says them, with what the server offers; and what keeps a message from it.

RFC 1870 §3 (SIZE), RFC 6152 §3 (8BITMIME), RFC 6531 §3 (SMTPUTF8), RFC 3461 §4 (DSN), RFC 8689 §4.2
(REQUIRETLS), RFC 2852 §4.1.4 (DELIVERBY). Nothing is converted on the way, because a signature may stand on
it: what the server cannot take goes back to the sender with the code that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.deliver_by import By, Lateness
from vaguemestre.mail.dsn import Returned, Wish
from vaguemestre.smtp.by import soonest_of
from vaguemestre.smtp.client_replies import PeerReply, local_reply

_NOT_IN_XTEXT: Final = frozenset("+=")


@dataclass(frozen=True, slots=True)
class Mailing:
    """One message for recipients of one server. ``size`` in octets as they are sent, without the dots.

    ``is_eight_bit``: it holds an octet above 127; ``is_utf8``: so does its header. ``by``: what is left of
    its time.
    """

    reverse_path: ReversePath
    recipients: Sequence[tuple[Address, Wish]]
    size: int
    identifier: str = ""
    returned: Returned | None = None
    requires_tls: bool = False
    is_eight_bit: bool = False
    is_utf8: bool = False
    by: By | None = None

    @property
    def needs_utf8(self) -> bool:
        """RFC 6531 §3.1: an address or the header is internationalised."""
        addresses = [address for address, _ in self.recipients]
        paths = addresses if self.reverse_path is None else [self.reverse_path, *addresses]
        return self.is_utf8 or not all(str(path).isascii() for path in paths)


def obstacle(mailing: Mailing, extensions: Mapping[str, str]) -> PeerReply | None:
    """Why it cannot go to a server that offers these; None when it can."""
    if mailing.requires_tls and "REQUIRETLS" not in extensions:
        return local_reply(550, "5.7.30", "the message requires TLS all the way; the next server offers none")
    if mailing.needs_utf8 and "SMTPUTF8" not in extensions:
        return local_reply(550, "5.6.7", "the next server takes no internationalised addresses or headers")
    if mailing.is_eight_bit and "8BITMIME" not in extensions:
        return local_reply(550, "5.6.3", "the next server takes no octets above 127")
    if mailing.by is not None and mailing.by.mode is Lateness.RETURN:
        # RFC 2852 §4.1.4: who promises nothing might deliver it later than its sender can bear.
        if "DELIVERBY" not in extensions:
            return local_reply(550, "5.3.3", "the next server does not promise to deliver in time")
        if mailing.by.seconds < max(1, soonest_of(extensions["DELIVERBY"])):
            return local_reply(550, "5.4.7", "too little is left of its time")
    limit = extensions.get("SIZE", "")
    if limit.isascii() and limit.isdigit() and 0 < int(limit) < mailing.size:
        return local_reply(552, "5.3.4", "the message is larger than the next server takes")
    return None


def mail_command(mailing: Mailing, extensions: Mapping[str, str]) -> bytes:
    """MAIL, with what the server understands."""
    words = [f"MAIL FROM:<{mailing.reverse_path or ''}>"]
    if "SIZE" in extensions:
        words.append(f"SIZE={mailing.size}")
    if mailing.is_eight_bit:
        words.append("BODY=8BITMIME")
    if mailing.needs_utf8:
        words.append("SMTPUTF8")
    if "DSN" in extensions:
        if mailing.returned is not None:
            words.append(f"RET={mailing.returned.value}")
        if mailing.identifier:
            words.append(f"ENVID={_xtext(mailing.identifier)}")
    if mailing.requires_tls:
        words.append("REQUIRETLS")
    if mailing.by is not None and "DELIVERBY" in extensions:
        words.append(f"BY={mailing.by}")
    return " ".join(words).encode() + b"\r\n"


def rcpt_command(mailing: Mailing, recipient: Address, wish: Wish, extensions: Mapping[str, str]) -> bytes:
    """RCPT. RFC 3461 §5.2.1: with DSN, the next server reports what we do not know."""
    words = [f"RCPT TO:<{recipient}>"]
    if "DSN" in extensions and mailing.reverse_path is not None:
        if wish.notify:
            words.append(f"NOTIFY={','.join(sorted(wish.notify))}")
        kind, mark, original = wish.original.partition(";")
        if mark and original.isascii():  # RFC 6533 §3: utf-8 addresses have a writing of their own
            words.append(f"ORCPT={kind};{_xtext(original)}")
    return " ".join(words).encode() + b"\r\n"


def _xtext(text: str) -> str:
    """RFC 3461 §4: xtext = *( xchar / hexchar )."""
    return "".join(
        letter if "!" <= letter <= "~" and letter not in _NOT_IN_XTEXT else f"+{ord(letter):02X}"
        for letter in text
    )
