"""By when a message is delivered, as MAIL asks: promised, or refused. RFC 2852 §4.

Asked of every door alike: what another operator brings for a mailbox here is in it before he hears 250, and
he could not hand on what is to be withdrawn if we did not promise it.
"""

from datetime import datetime

from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.reply import Reply
from vaguemestre.smtp.by import HELD_PAST_ITS_TIME, SOONEST, TOO_SOON


def promised(by: By, held_until: datetime | None, now: datetime) -> DeliverBy | Reply:
    """The moment, counted from ``now``; or why it is not promised."""
    found = by.after(now)
    if found.withdraws and by.seconds < SOONEST:
        return TOO_SOON
    if held_until is not None and found.is_over(held_until):
        return HELD_PAST_ITS_TIME
    return found
