"""What a message shows of its conversation: the keywords ``$ConvOpen`` and ``$Clos``. domain.md §2.

In a professional's bal it is the state of his own pair, and nothing where he has none; in the citizen's,
``$ConvOpen`` as long as he may answer anybody in the conversation. The keywords are the server's words:
clients read and search them, and what they write to them is only ever a wish to close
(docs/decisions/0008-what-messages-show-of-their-conversation.md).
"""

from collections.abc import Iterable

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.mailbox import (
    CONVERSATION_OPEN,
    EXPIRES_SOON,
    FIRST_KEYWORD_BIT,
    STATE_KEYWORDS,
    FlagSet,
    is_state,
)
from vaguemestre.service.ports.store import Transaction


def not_permanent(bal: Bal) -> frozenset[str]:
    """The keywords that setting does nothing to, in this bal: what PERMANENTFLAGS leaves out."""
    shown = {CONVERSATION_OPEN} if bal.kind.is_professional else set(STATE_KEYWORDS)
    return frozenset(shown | {EXPIRES_SOON})


def state_bits(tx: Transaction, bal: BalId) -> FlagSet:
    """The bits of the keywords that are the server's, as far as the bal knows them."""
    known = enumerate(tx.mailboxes.keywords(bal), FIRST_KEYWORD_BIT)
    return FlagSet(sum(1 << bit for bit, keyword in known if is_state(keyword)))


def flags_on_arrival(
    tx: Transaction, bal: BalId, professional: Address | None, conversation: ConversationId | None
) -> FlagSet:
    """What a message shows when it is filed; ``professional`` is None in the citizen's bal."""
    if conversation is None:
        return FlagSet(0)
    if professional is None:
        is_open = tx.conversations.is_open(conversation)
    else:
        pair = tx.conversations.pair(conversation, professional)
        if pair is None:
            return FlagSet(0)
        is_open = _is_open(pair)
    return _bits(tx, bal)[is_open]


def show_state(tx: Transaction, conversation: ConversationId, changed: Iterable[Address]) -> None:
    """The pairs of these professionals were opened or closed: let their messages show it, and the citizen's.

    One statement a mailbox, found by an index: a conversation of hundreds of messages takes milliseconds.
    """
    keys = {professional.key for professional in changed}
    pairs = tx.conversations.pairs(conversation=conversation)
    for pair in pairs:
        if pair.professional.key in keys:
            bal = tx.bals.by_address(pair.professional)
            is_own = bal is not None and bal.address.key == pair.professional.key  # an alias has no pair
            if bal is not None and is_own:
                _show(tx, bal.id, conversation, _is_open(pair))
    citizen = tx.bals.by_id(pairs[0].citizen) if pairs else None
    if citizen is not None:
        _show(tx, citizen.id, conversation, any(map(_is_open, pairs)))


def _is_open(pair: Pair) -> bool:
    return pair.closed_at is None


def _show(tx: Transaction, bal: BalId, conversation: ConversationId, is_open: bool) -> None:
    closed_bit, open_bit = _bits(tx, bal)
    shown = open_bit if is_open else closed_bit
    if shown:
        tx.messages.show(bal, conversation, FlagSet(closed_bit | open_bit), shown)


def _bits(tx: Transaction, bal: BalId) -> tuple[FlagSet, FlagSet]:
    """The bits of ``$Clos`` and ``$ConvOpen``, learnt if need be; 0 where an old bal has no room for them."""
    names = [keyword.lower() for keyword in tx.mailboxes.keywords(bal)]
    opened, closed = (_bit(tx, bal, names, keyword) for keyword in STATE_KEYWORDS)
    return closed, opened


def _bit(tx: Transaction, bal: BalId, names: list[str], keyword: str) -> FlagSet:
    if keyword.lower() in names:
        return FlagSet(1 << FIRST_KEYWORD_BIT + names.index(keyword.lower()))
    try:
        return FlagSet(1 << tx.mailboxes.add_keyword(bal, keyword))
    except ValueError:
        return FlagSet(0)  # mail is filed all the same: keyword_room keeps this from new bals
