"""A sealed contact, opened for as long as somebody is being told. domain.md §2, notification."""

from vaguemestre.mail.contact import Contact
from vaguemestre.service.ports.notification import SealedContact
from vaguemestre.service.ports.vault import Vault


def open_contact(vault: Vault, sealed: SealedContact) -> Contact:
    """Raises KeyDestroyedError, SealBrokenError."""
    return Contact(sealed.kind, vault.open_card(sealed).decode())
