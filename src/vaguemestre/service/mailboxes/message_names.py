"""The Message-ID of a filed message, from its sealed card: what answers refer to. RFC 5322 §3.6.4."""

from vaguemestre.mail.mailbox import BodyId
from vaguemestre.mime.card import Card
from vaguemestre.mime.headers import message_ids, split_fields
from vaguemestre.service.ports.store import Store
from vaguemestre.service.ports.vault import KeyDestroyedError, Vault


class MessageNames:
    """Opens a card for one field of it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def of(self, body: BodyId | None) -> str | None:
        """With its angle brackets; None without it, or when the message is gone or its key destroyed."""
        if body is None:
            return None
        card = await self._store.read(
            lambda tx: tx.messages.cards([body]).get(body) or tx.outbound.card(body)
        )
        if card is None:
            return None
        try:
            header = Card(self._vault.open_card(card)).header
        except KeyDestroyedError:
            return None
        values = split_fields(header or b"").get(b"message-id", ())
        return next((name for value in values for name in message_ids(value)), None)
