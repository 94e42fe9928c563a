"""What a sender wishes of TLS on the way of his message. RFC 8689 §4.1.

Messages stay in this gateway, whose mailboxes are read under TLS (``[security] require_tls``): so RFC 8689
§4.4 wants it, and all there is to do is to keep the wish with the submission, for whatever will carry
messages further, and to show it: ``vaguemestre trace``.
"""

from enum import StrEnum


class TlsWish(StrEnum):
    """Said by the sender, or not."""

    UNSAID = ""
    REQUIRED = "required"  # REQUIRETLS beside MAIL: rather not delivered than carried in clear
    OPTIONAL = "optional"  # TLS-Required: No, in the header: rather carried in clear than not delivered
