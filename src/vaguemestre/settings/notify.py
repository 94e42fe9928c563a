"""The settings of ``[notify]``: how holders are told outside that something arrived. domain.md §2."""

from pathlib import Path

from pydantic import model_validator

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.net.http import is_safe
from vaguemestre.net.loopback import is_loopback
from vaguemestre.net.outgoing import OutgoingTls
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Kinds, OptionalEndpoint, Seconds


class NotifySection(Section):
    """Telling holders, outside this server, that something arrived: never what, from whom, or how much."""

    window: Seconds = 600
    """What arrives within this of the first makes one notification."""

    kinds: Kinds = (BalKind.CITIZEN,)
    """Whose holders are told, once they have a contact; add `PER`, `ORG` or others for professionals."""

    give_up_after: Seconds = 86400
    """How long telling is tried again, after what failed for now."""

    service: str = "Vaguemestre"
    """The name that holders know the service by: `{service}` in the text, which says it in both languages."""

    sign_in: str = ""
    """Where to sign in: what stands for `{url}` in the text. Needed to notify."""

    text: Path | None = None
    """A text of your own, UTF-8: a subject, an empty line, the text. `{service}` and `{url}` alone may stand
    in it. `vaguemestre notification text` prints the one in force."""

    sender: str = ""
    """The address in From, such as ne-pas-repondre@example.fr. Needed for the smart host."""

    sender_name: str = ""
    """The name in From."""

    smart_host: OptionalEndpoint = None
    """The server that takes mail to holders' personal addresses; the standard ports are 587 and 465."""

    smart_host_tls: OutgoingTls = OutgoingTls.STARTTLS
    """`starttls`, `implicit`, or `none`, for a server on this machine. Its certificate is verified."""

    smart_host_user: str = ""
    """The name to sign in with there; empty signs in nowhere."""

    smart_host_password_file: Path | None = None
    """A file holding the password, readable by its owner alone."""

    webhook: str = ""
    """The address that is told, by a signed POST, of holders known to another system of yours by a name."""

    webhook_secret_file: Path | None = None
    """A file holding the secret that signs it."""

    authorities: Path | None = None
    """PEM file: whose certificates both may present; the system's authorities when there is none."""

    @model_validator(mode="after")
    def _complete(self) -> "NotifySection":
        if (self.smart_host or self.webhook) and not self.sign_in:
            raise ValueError("sign_in is needed: a notification invites to sign in")
        if self.smart_host is not None:
            self._check_smart_host(self.smart_host.host)
        if self.webhook and not is_safe(self.webhook):
            raise ValueError("webhook is an https address (http for this machine alone, by its number)")
        if self.webhook and self.webhook_secret_file is None:
            raise ValueError("webhook needs webhook_secret_file")
        return self

    def _check_smart_host(self, host: str) -> None:
        if not self.sender:
            raise ValueError("smart_host needs sender")
        parse_address(self.sender)
        if self.smart_host_tls is OutgoingTls.NONE and not is_loopback(host):
            raise ValueError("without TLS, smart_host is on this machine, named by its number")
        if bool(self.smart_host_user) != (self.smart_host_password_file is not None):
            raise ValueError("smart_host_user and smart_host_password_file go together")
