r"""LIST and LSUB. RFC 9051 §6.3.9, RFC 5258 §3, RFC 3501 §6.3.9.

Every level above a mailbox exists here (CREATE makes them, DELETE refuses while there are inferiors), so
no name is ever a shell: only LSUB must invent one, for ``%`` above a subscribed name (RFC 3501 §6.3.9).
"""

from collections.abc import Iterable, Sequence

from vaguemestre.imap import responses
from vaguemestre.imap.commands.list import List, ListReturn, ListSelect
from vaguemestre.imap.commands.lsub import Lsub
from vaguemestre.imap.list_pattern import matches
from vaguemestre.imapd.attributes import attributes
from vaguemestre.imapd.commands.status import told
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import Mailbox
from vaguemestre.service.mailboxes.names import canonical, is_inferior, superiors


async def run(session: ClientSession, command: List) -> Done:
    """The mailboxes that match, and their STATUS when it is asked for (RFC 5819 §2)."""
    if command.patterns == ("",) and not command.extended:
        session.out.write(responses.delimiter())
        return Done("LIST completed")
    mailboxes = await session.shared.mailboxes.of(session.holder.id)
    # RFC 9051 §6.3.9: in the extended form an empty pattern is passed over, whatever the reference is.
    patterns = [canonical(command.reference + pattern) for pattern in command.patterns if pattern]
    tells_subscribed = ListReturn.SUBSCRIBED in command.returns or ListSelect.SUBSCRIBED in command.select
    have_inferiors = {level for mailbox in mailboxes for level in superiors(mailbox.name)}
    named = []
    for mailbox in mailboxes:
        if not any(matches(pattern, mailbox.name) for pattern in patterns):
            continue
        below = _is_for_inferiors(command, patterns, mailbox, mailboxes)
        if _is_wanted(command, mailbox) or below:
            named.append(mailbox.name)
            words = attributes(
                mailbox, has_inferiors=mailbox.name in have_inferiors, tells_subscribed=tells_subscribed
            )
            line = responses.listed(words, mailbox.name, utf8=session.place.utf8, subscribed=below)
            session.out.write(line)
    if command.status:
        for found in await session.shared.mailboxes.status(session.holder.id, named):
            if found is not None:
                session.out.write(told(session, found, command.status))
    return Done("LIST completed")


async def run_lsub(session: ClientSession, command: Lsub) -> Done:
    """The subscribed names that match, and with ``%`` the levels above those that match further down."""
    mailboxes = await session.shared.mailboxes.of(session.holder.id)
    pattern = canonical(command.reference + command.pattern)
    subscribed = [mailbox.name for mailbox in mailboxes if mailbox.subscribed]
    shown: dict[str, tuple[str, ...]] = {name: () for name in subscribed if matches(pattern, name)}
    if pattern.endswith("%"):
        for name in subscribed:
            if name not in shown:
                for level in superiors(name):
                    if matches(pattern, level):
                        shown.setdefault(level, ("\\Noselect",))
    for name, words in shown.items():
        session.out.write(responses.lsub(words, name, utf8=session.place.utf8))
    return Done("LSUB completed")


def _is_wanted(command: List, mailbox: Mailbox) -> bool:
    if ListSelect.SUBSCRIBED in command.select and not mailbox.subscribed:
        return False
    return ListSelect.SPECIAL_USE not in command.select or mailbox.special_use is not None


def _is_for_inferiors(
    command: List, patterns: Sequence[str], mailbox: Mailbox, mailboxes: Iterable[Mailbox]
) -> bool:
    """RFC 5258 §3.5: RECURSIVEMATCH names a mailbox for wanted inferiors that do not match themselves."""
    if ListSelect.RECURSIVEMATCH not in command.select:
        return False
    return any(
        is_inferior(other.name, mailbox.name)
        and _is_wanted(command, other)
        and not any(matches(pattern, other.name) for pattern in patterns)
        for other in mailboxes
    )
