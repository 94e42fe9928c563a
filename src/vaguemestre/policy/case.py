"""Every fact a rule may see, gathered before any rule is asked. architecture.md, «The way of one message».

A case is judged twice: at RCPT, when ``content`` is not known yet, and again inside the unit of work that
files the message, because a conversation may close between the two.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Final

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, Pair
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.ins import Ins, InsSyntaxError, parse_ins
from vaguemestre.mail.message import MessageFacts
from vaguemestre.mail.peer import Peer
from vaguemestre.policy.dispensation import Dispensation
from vaguemestre.policy.limits import Carriage, CitizenMayWrite, Destination, Policy, ReplyWithoutReference
from vaguemestre.policy.mail_commands import Command, asked_by
from vaguemestre.policy.solicitation import Solicitation
from vaguemestre.policy.subjects import says_reply

LARGEST_RECEIPT: Final = 65_536  # octets; a receipt that returns the header it speaks of has some 10,000


class Standing(StrEnum):
    """Where a domain that is not ours stands: domain.md §6."""

    ALONE = "alone"  # this gateway exchanges mail with nobody
    LISTED = "listed"  # in the trust list
    OUTSIDE = "outside"  # not in it
    UNKNOWN = "unknown"  # there is no list, or it is too old to be acted on


@dataclass(frozen=True, slots=True)
class Hold:
    """A message that is to be released later, ``now`` being the present; how many of its sender's wait so.

    ``useless_after``: its sender does not wish it to be delivered any more then.
    """

    until: datetime
    now: datetime
    waiting: int = 0
    useless_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class SenderCase:
    """What is known of the one who sends, at MAIL (``content`` None) and when the message is there.

    ``peer`` is the operator who brings it, None when an account of ours sends: then ``sender`` is a bal.
    ``further`` holds the keys of addresses that are the sender's too: a citizen's aliases. ``reader`` writes
    in the name of ``sender``, and has these ``rights`` there now; None: it is he himself.
    """

    policy: Policy
    sender: Party
    reverse_path: ReversePath
    declared_size: int | None
    recipient_count: int = 0
    content: MessageFacts | None = None
    further: frozenset[str] = frozenset()
    reader: Bal | None = None
    rights: frozenset[Right] = frozenset()
    hold: Hold | None = None
    peer: Peer | None = None

    @property
    def account(self) -> Bal | None:
        """Who sends, when he has an account here."""
        return self.sender if isinstance(self.sender, Bal) else None

    @property
    def person(self) -> Party:
        """Who really sends."""
        return self.sender if self.reader is None else self.reader

    def is_of_person(self, address: Address) -> bool:
        """Whether it is an address of the one who really sends."""
        return self.is_own(address) if self.reader is None else address.key == self.reader.address.key

    def is_own(self, address: Address) -> bool:
        """Whether the one who sends may go by this address."""
        return address.key == self.sender.address.key or address.key in self.further


@dataclass(frozen=True, slots=True)
class Case:
    """One message for one recipient.

    ``holder`` is whom the address leads to: a bal, somebody at another operator of the trust space, or None.
    ``standing`` is that of the recipient's domain, when it is not ours. ``between`` holds every pair,
    open or closed, of these two people; ``answered`` the pair of the very conversation this message
    answers; ``alone`` the only open one, of a message that names nothing it answers. ``citizens`` counts the
    addresses at citizen domains, of the envelope, this one included, and of the header once it is known.
    ``holder_is_read_by_representatives``: a child's, whose parents read it; said where there are documents.
    ``is_blocked``: the citizen it is for has blocked who sends it.
    ``aliases`` are the other addresses of the holder, where there are documents: a citizen's former and
    later INS. ``holder_ins`` are all of them. ``declared_size`` is the SIZE of MAIL, in octets.
    ``solicitation`` is there when the holder lets citizens write so often and no more.
    """

    now: datetime
    policy: Policy
    sender: Party
    recipient: Address
    holder: Party | None
    citizens: int
    between: tuple[Pair, ...] = ()
    answered: Pair | None = None
    content: MessageFacts | None = None
    holder_is_read_by_representatives: bool = False
    aliases: tuple[Address, ...] = ()
    is_blocked: bool = False
    alone: Pair | None = None
    declared_size: int | None = None
    dispensation: Dispensation = Dispensation.NOT_ASKED
    solicitation: Solicitation | None = None
    standing: Standing = Standing.ALONE

    @property
    def bal(self) -> Bal | None:
        """The bal of ours that the address leads to, if it does."""
        return self.holder if isinstance(self.holder, Bal) else None

    @property
    def is_ours(self) -> bool:
        """Whether it is for a domain of ours."""
        return self.policy.is_ours(self.recipient.domain_key)

    @property
    def is_relayed(self) -> bool:
        """Whether another operator brings it: none of our accounts sends it."""
        return not isinstance(self.sender, Bal)

    @property
    def asks_the_service(self) -> bool:
        """Whether a citizen writes to himself to ask something, or may for all that is known so far."""
        if not self.from_citizen or self.bal is None or not isinstance(self.sender, Bal):
            return False
        if self.bal.id != self.sender.id:
            return False
        asked = None if self.content is None else asked_by(self.content.subject)
        return self.content is None or (asked is not None and asked.command is Command.NOTIFICATIONS)

    @property
    def is_receipt(self) -> bool:
        """Whether it tells what became of another (RFC 8098), or may for all that is known so far."""
        if self.content is None:
            return self.declared_size is None or self.declared_size <= LARGEST_RECEIPT
        return self.content.notification is not None

    @property
    def holder_ins(self) -> frozenset[Ins]:
        """Every INS of the person whose mailbox it is: what a document for him may carry. domain.md §4."""
        if self.holder is None:
            return frozenset()
        found = (_ins_of(address) for address in (self.holder.address, *self.aliases))
        return frozenset(ins for ins in found if ins is not None)

    @property
    def to_citizen(self) -> bool:
        """Whether the address lies in a citizen domain, whoever runs it and whoever holds the address."""
        return self.policy.is_of_citizens(self.recipient)

    @property
    def carriage(self) -> Carriage:
        """What a message from this sender to this recipient may be."""
        leads_to_citizen = self.holder is not None and self.holder.is_citizen
        destination = Destination.CITIZEN if self.to_citizen or leads_to_citizen else Destination.PROFESSIONAL
        return self.policy.limits.carried(destination, kind_of(self.sender))

    @property
    def from_citizen(self) -> bool:
        """Whether a citizen sends."""
        return self.sender.is_citizen

    @property
    def to_pharmacy(self) -> bool:
        """Whether a citizen writes to a pharmacy, which he may do first. domain.md §2."""
        return self.from_citizen and self.holder is not None and self.policy.is_pharmacy(self.holder)

    @property
    def opens_with_pharmacy(self) -> bool:
        """Whether this very message has to be a prescription: nothing else lets the citizen write it."""
        if not self.to_pharmacy or self.content is None or self.continues is not None:
            return False
        return not (self.policy.citizen_may_write is CitizenMayWrite.WHILE_OPEN and self.has_open_pair)

    @property
    def presumed(self) -> Pair | None:
        """The pair of the conversation that it answers without saying so, where the setting allows it."""
        if self.alone is None or self.content is None or not self.alone.is_open_at(self.now):
            return None
        match self.policy.reply_without_reference:
            case ReplyWithoutReference.REFUSE:
                return None
            case ReplyWithoutReference.IF_REPLY:
                return self.alone if says_reply(self.content.subject) else None
            case ReplyWithoutReference.IF_ONE_OPEN:
                return self.alone

    @property
    def continues(self) -> Pair | None:
        """The pair of the conversation that this message belongs to, if it is not a new one."""
        return self.answered or self.presumed

    @property
    def concerned(self) -> tuple[Pair, ...]:
        """The pairs that decide whether a citizen's message is an answer.

        At RCPT what it answers is not known: any pair of these two people is enough to go on to the content.
        """
        if self.content is None:
            return self.between
        return () if self.answered is None else (self.answered,)

    @property
    def closed_by(self) -> ClosedBy | None:
        """What closed what a citizen's message would answer, of several the last; None while any is open."""
        if not self.from_citizen or self.to_citizen or any(p.is_open_at(self.now) for p in self.concerned):
            return None
        if self.to_pharmacy and self.content is None:
            return None  # it may be a prescription
        closed = [(pair.closed_at, pair) for pair in self.concerned if pair.closed_at is not None]
        return max(closed, key=itemgetter(0))[1].closed_by if closed else None

    @property
    def has_open_pair(self) -> bool:
        """Whether any conversation is open between these two."""
        return any(pair.is_open_at(self.now) for pair in self.between)


def kind_of(party: Party) -> BalKind | None:
    """As limits tell kinds: whoever has a citizen's address is one; None for a professional elsewhere."""
    return BalKind.CITIZEN if party.is_citizen else party.kind


def _ins_of(address: Address) -> Ins | None:
    try:
        return parse_ins(address.local)
    except InsSyntaxError:
        return None  # technical boxes of the patient domain are not INS
