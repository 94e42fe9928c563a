"""One SMTP session: aiosmtpd's, with what it falls short of made anew in the files beside this one.

``wire`` takes the octets, ``speaker`` runs the conversation; ``greeting``, ``signing_in``, ``transaction``
and ``chunks`` hold the commands. docs/decisions/0006-what-is-left-of-aiosmtpd.md says what was replaced, and
why.
"""

from vaguemestre.smtpd.chunks import ChunkCommands
from vaguemestre.smtpd.greeting import GreetingCommands
from vaguemestre.smtpd.signing_in import SigningIn


class SmtpConnection(ChunkCommands, SigningIn, GreetingCommands):
    """What a listener makes for each client."""
