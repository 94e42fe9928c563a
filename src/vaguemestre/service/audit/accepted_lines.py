"""The line that an accepted message leaves in the journal: one a message, whoever it reaches. domain.md §3.

What each recipient's message becomes is in the traces; here stands what was decided, by number and without
content, so that it is sealed and chained with everything else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import Bal
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction

ACCEPTED: Final = "accepted"


def record_accepted(
    tx: Transaction, origin: Origin, queue_id: str, holders: Sequence[Bal], elsewhere: int, now: datetime
) -> None:
    """``to`` are the bals that have it, ``elsewhere`` how many addresses at other operators it is queued for.

    It is nobody's own line: ``bal`` would name one of several.
    """
    detail = {"queue_id": queue_id}
    if holders:
        detail["to"] = " ".join(str(bal.id) for bal in holders)
    if elsewhere:
        detail["elsewhere"] = str(elsewhere)
    if origin.account is not None and origin.reader is not None:
        detail["for"] = str(origin.account.id)
    tx.journal.record(JournalEntry(now, origin.actor, ACCEPTED, None, detail))
