"""Who a message comes from: an account of ours, or somebody elsewhere by his operator. domain.md §6."""

from dataclasses import dataclass

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.correspondent import Party
from vaguemestre.mail.peer import Peer
from vaguemestre.service.sign_in.outcome import Reader, SignedIn, actor_of


@dataclass(frozen=True, slots=True)
class Origin:
    """``reader`` is who writes in the name of ``sender``; ``peer`` the operator who brings it.

    Either an account sends, or an operator brings: with a ``peer``, ``sender`` is a correspondent.
    """

    sender: Party
    reader: Reader | None = None
    peer: Peer | None = None

    @property
    def account(self) -> Bal | None:
        """The account of ours that sends, if one does."""
        return self.sender if isinstance(self.sender, Bal) else None

    @property
    def actor(self) -> str:
        """As the journal has him."""
        if self.peer is not None:
            return f"peer:{self.peer.subject}"
        person = self.account if self.reader is None else self.reader.bal
        return "" if person is None else actor_of(person)


def from_account(signed_in: SignedIn) -> Origin:
    """Of an account that signed in."""
    return Origin(signed_in.bal, signed_in.reader)
