"""IMAP URLs that name a message, or a part of one, of the account that is signed in. RFC 5092 §3, §7.

``/Drafts;UIDVALIDITY=385759045/;UID=20/;SECTION=1.2`` is relative to the server, ``;UID=20`` or ``/;UID=20``
to the mailbox that is open. URLs that name a server are not known: this one may go by names it has never
heard of, and no other would be asked. Mailbox names are UTF-8 here, whatever the session speaks.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.mailbox_name import decode_mailbox_name
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.section import Partial, Section, section_spec
from vaguemestre.mail.mailbox import Uid, UidValidity

MAX_URL: Final = 4000  # octets: a mailbox name of a thousand, each in three

# RFC 5092 §11: bchar, of which mailbox names and sections are made once they are percent-encoded.
_BCHARS: Final = rb"(?:[A-Za-z0-9._~!$'()*+,&=:@/-]|%[0-9A-Fa-f]{2})+"
# RFC 5092 §11: imessagepart = imailbox-ref iuid [isection] [ipartial], after "/", or from iuid on.
_MESSAGE_PART: Final = re.compile(
    rb"(?:/(?!/)(?P<mailbox>%b)(?:;UIDVALIDITY=(?P<validity>[1-9][0-9]{0,9}))?/|/)?"
    rb";UID=(?P<uid>[1-9][0-9]{0,9})"
    rb"(?:/;SECTION=(?P<section>%b))?"
    rb"(?:/;PARTIAL=(?P<origin>[0-9]{1,18})(?:\.(?P<length>[1-9][0-9]{0,17}))?)?" % (_BCHARS, _BCHARS),
    re.IGNORECASE,
)
_TO_THE_END: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class MessageUrl:
    """``mailbox`` is None for the one that is open; ``uid_validity`` None when any generation will do."""

    mailbox: str | None
    uid_validity: UidValidity | None
    uid: Uid
    section: Section
    partial: Partial | None


def parse_url(octets: bytes) -> MessageUrl:
    """Read a URL; CommandSyntaxError when it is none, or names another server."""
    found = _MESSAGE_PART.fullmatch(octets) if len(octets) <= MAX_URL else None
    if found is None:
        raise CommandSyntaxError("Expected a URL such as /INBOX;UIDVALIDITY=1/;UID=2/;SECTION=1.2")
    name, validity, section, origin = found["mailbox"], found["validity"], found["section"], found["origin"]
    partial = None
    if origin is not None:
        length = int(found["length"]) if found["length"] is not None else _TO_THE_END
        partial = Partial(int(origin), length)
    return MessageUrl(
        None if name is None else decode_mailbox_name(unquote_to_bytes(name), utf8=True),
        None if validity is None else UidValidity(int(validity)),
        Uid(int(found["uid"])),
        Section() if section is None else _section(unquote_to_bytes(section)),
        partial,
    )


def _section(octets: bytes) -> Section:
    """RFC 5092 §11: enc-section = 1*bchar, section-spec of RFC 9051 §9 once decoded."""
    scanner = Scanner(CommandLine(octets))
    section = section_spec(scanner)
    scanner.end()
    return section
