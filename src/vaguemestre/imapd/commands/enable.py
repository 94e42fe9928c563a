"""ENABLE. RFC 9051 §6.3.1."""

from vaguemestre.imap import responses
from vaguemestre.imap.capabilities import CAN_BE_ENABLED
from vaguemestre.imap.commands.enable import Enable
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Enable) -> Done:
    """Turn on what can be; words that are unknown are passed over in silence."""
    words = [word for word in dict.fromkeys(command.capabilities) if word in CAN_BE_ENABLED]
    session.enable(*words)
    session.out.write(responses.enabled(CAN_BE_ENABLED[word] for word in words))
    return Done("ENABLE completed")
