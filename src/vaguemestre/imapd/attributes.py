"""The name attributes of a mailbox in a LIST response. RFC 9051 §7.3.1, RFC 6154 §2."""

from vaguemestre.mail.mailbox import Mailbox


def attributes(mailbox: Mailbox, *, has_inferiors: bool, tells_subscribed: bool) -> list[str]:
    r"""The name attributes that are true; ``\Subscribed`` only where it is wanted."""
    found = ["\\HasChildren" if has_inferiors else "\\HasNoChildren"]
    if mailbox.is_history:
        found.append("\\Noinferiors")
    if tells_subscribed and mailbox.subscribed:
        found.append("\\Subscribed")
    if mailbox.special_use is not None:
        found.append(mailbox.special_use)
    return found
