"""How much one client may take of this door, and for how long. Seconds, octets and counts.

RFC 9051 §5.4 asks for thirty minutes at least before a client that signed in is sent away for silence; one
that did not has no such right.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImapLimits:
    """What an operator may set. ``connections`` and ``connections_per_address`` count on each listener.

    ``connections_per_account`` counts those signed in, on all listeners: see ``accounts`` for one too many.

    ``sign_in_failures`` and ``mistakes`` (commands that could not be read, before sign-in) end the connection
    when reached. ``sign_in_within`` is for all that comes before sign-in, TLS included; ``command_within``
    for a command that has begun, and ``read_within`` for a client that does not read what it asked for.
    ``progress_every`` is how often a client that waits is told so (``progress``).
    """

    connections: int = 4000
    connections_per_address: int = 200
    connections_per_account: int = 100  # a shared mailbox on twenty screens, of five connections each
    sign_in_failures: int = 3
    mistakes: int = 10
    sign_in_within: float = 120.0
    silent_before_sign_in: float = 60.0
    silent: float = 30 * 60.0
    command_within: float = 300.0
    read_within: float = 300.0
    handshake_within: float = 30.0
    progress_every: float = 10.0
