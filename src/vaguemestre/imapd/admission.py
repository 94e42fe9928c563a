"""Whether who reads for another still may: asked before each of his commands. domain.md §2.

A session of the holder costs nothing here. One whose right has ended, because it was revoked or because
midnight has passed, is told so and is over; one that gives no command is found by the door (``expel``).
"""

from dataclasses import replace

from vaguemestre.imap import codes
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.access import Right

ENDED = ("Your access to this mailbox has ended", codes.EXPIRED)


async def still_admitted(session: ClientSession) -> bool:
    """His rights as they are now are kept in the session. Raises StoreBusyError."""
    signed_in = session.signed_in
    if signed_in is None or signed_in.reader is None:
        return True
    rights = await session.shared.authentication.rights_of(signed_in)
    session.signed_in = replace(signed_in, reader=replace(signed_in.reader, rights=rights))
    return Right.READ in rights
