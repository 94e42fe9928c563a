"""One SMTP session: aiosmtpd's, with what it falls short of made anew in the files beside this one.

``wire`` takes the octets, ``speaker`` runs the conversation; ``greeting``, ``transaction`` and ``chunks``
hold the commands. ``signing_in`` is what accounts have of their own, ``believing`` what other operators have.
docs/decisions/0006-what-is-left-of-aiosmtpd.md says what was replaced, and why.
"""

from vaguemestre.smtpd.believing import Believing
from vaguemestre.smtpd.chunks import ChunkCommands
from vaguemestre.smtpd.greeting import GreetingCommands
from vaguemestre.smtpd.signing_in import SigningIn


class SubmissionConnection(ChunkCommands, SigningIn, GreetingCommands):
    """What a listener makes for each client that submits."""


class RelayConnection(ChunkCommands, Believing):
    """What a listener makes for each connection of another operator."""
