"""The SMTP envelope: who sends and who receives, apart from what the header says. RFC 5321 §2.3.1."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.deliver_by import DeliverBy
from vaguemestre.mail.dsn import NO_WISH, Returned, Wish


@dataclass(frozen=True, slots=True)
class Envelope:
    """What MAIL and RCPT said. ``declared_size`` is the SIZE parameter of RFC 1870 in octets, if given.

    ``wishes`` stand in the order of ``recipients``; where they are fewer, nothing was wished. ``identifier``
    is ENVID decoded and ``returned`` RET (RFC 3461 §4.3, §4.4). ``requires_tls`` is REQUIRETLS (RFC 8689 §2).
    ``is_binary`` is BODY=BINARYMIME (RFC 3030 §3): said of the octets that come, not of those kept.
    ``held_until``: the message is not to be delivered before (RFC 4865 §3); ``deliver_by``: nor after, or
    its sender is told (RFC 2852 §4).
    """

    reverse_path: ReversePath
    recipients: tuple[Address, ...]
    declared_size: int | None = None
    wishes: tuple[Wish, ...] = ()
    identifier: str = ""
    returned: Returned | None = None
    requires_tls: bool = False
    held_until: datetime | None = None
    is_binary: bool = False
    deliver_by: DeliverBy | None = None

    def wish_of(self, recipient: Address) -> Wish:
        """What was wished for a recipient."""
        for known, wish in zip(self.recipients, self.wishes, strict=False):
            if known.key == recipient.key:
                return wish
        return NO_WISH

    def only_to(self, recipients: Collection[Address]) -> "Envelope":
        """The same for some of its recipients."""
        kept = tuple(recipient for recipient in self.recipients if recipient in recipients)
        return replace(self, recipients=kept, wishes=tuple(map(self.wish_of, kept)))

    def with_recipient(self, recipient: Address, wish: Wish = NO_WISH) -> "Envelope":
        """One more."""
        return replace(self, recipients=(*self.recipients, recipient), wishes=(*self.wishes, wish))
