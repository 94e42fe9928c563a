r"""What a client wants to be told of mailboxes that are not open, and what it was told. RFC 5465 §5, §6.

There is no queue: how the mailboxes stand is compared with how the client was told they stand. Whoever does
not read for an hour is then told once of each mailbox, and costs nothing meanwhile.

What a client changes itself it is told too, which RFC 5465 §5 would rather not have: it learns so which
levels CREATE made, which inferiors RENAME took along, and where a mailbox stands that it has appended to.
"""

from collections.abc import Callable, Iterable, Iterator

from vaguemestre.imap import responses
from vaguemestre.imap.commands.notify import Event, EventGroup, Watched
from vaguemestre.imap.commands.status import StatusItem
from vaguemestre.imap.session import Session as Place
from vaguemestre.imapd.attributes import attributes
from vaguemestre.mail.mailbox import INBOX, Mailbox, MailboxId
from vaguemestre.service.mailboxes.names import canonical, superiors
from vaguemestre.service.mailboxes.watched_bal import Standing, WatchedBal


class Elsewhere:
    """``leave`` stops it all. The client knows how things stood when this was made."""

    __slots__ = ("_groups", "_told", "_watched", "leave")

    def __init__(self, groups: Iterable[EventGroup], watched: WatchedBal, leave: Callable[[], None]) -> None:
        self._groups = [
            (group, frozenset(map(canonical, group.names))) for group in groups if not group.is_selected
        ]
        self._watched = watched
        self._told = watched.standings
        self.leave = leave

    def statuses(self, place: Place, selected: MailboxId | None) -> Iterator[bytes]:
        """How all the mailboxes stand whose messages are watched. RFC 5465 §3.1."""
        for standing in self._told.values():
            if standing.mailbox.id != selected and self._wants(Event.MESSAGE_NEW, standing.mailbox):
                yield self._status(standing, place)

    def news(self, place: Place, selected: MailboxId | None) -> Iterator[bytes]:
        """What became of them since; to be told to its end. Messages of the open one are told otherwise."""
        before, now = self._told, self._watched.standings
        if before is now:
            return
        self._told = now
        for known, (mailbox, _) in before.items():
            if known not in now and self._wants(Event.MAILBOX_NAME, mailbox):
                yield responses.listed(["\\NonExistent"], mailbox.name, utf8=place.utf8)
        have_inferiors = {level for mailbox, _ in now.values() for level in superiors(mailbox.name)}
        for found, standing in now.items():
            was = before.get(found)
            if was is standing:
                continue
            mailbox = standing.mailbox
            if self._is_to_be_listed(was, mailbox):
                yield responses.listed(
                    attributes(mailbox, has_inferiors=mailbox.name in have_inferiors, tells_subscribed=True),
                    mailbox.name,
                    utf8=place.utf8,
                    old_name=was.mailbox.name if was and was.mailbox.name != mailbox.name else None,
                )
            if found != selected and self._is_to_be_counted(was, standing):
                yield self._status(standing, place)

    def _is_to_be_listed(self, was: Standing | None, mailbox: Mailbox) -> bool:
        """RFC 5465 §5.4, §5.5: it was made, renamed, subscribed or unsubscribed."""
        known = mailbox if was is None else was.mailbox
        if (was is None or known.name != mailbox.name) and (
            self._wants(Event.MAILBOX_NAME, mailbox) or self._wants(Event.MAILBOX_NAME, known)
        ):
            return True
        was_subscribed = was is not None and known.subscribed
        return mailbox.subscribed != was_subscribed and (
            self._wants(Event.SUBSCRIPTION_CHANGE, mailbox) or self._wants(Event.SUBSCRIPTION_CHANGE, known)
        )

    def _is_to_be_counted(self, was: Standing | None, standing: Standing) -> bool:
        """RFC 5465 §5.1 to §5.3; MessageNew and MessageExpunge are always wanted together."""
        mailbox = standing.mailbox
        if was is None:
            return bool(standing.messages) and self._wants(Event.MESSAGE_NEW, mailbox)
        if (was.messages, was.mailbox.uid_next) != (standing.messages, mailbox.uid_next):
            return self._wants(Event.MESSAGE_NEW, mailbox)
        return was.mailbox.highest_modseq != mailbox.highest_modseq and self._wants(
            Event.FLAG_CHANGE, mailbox
        )

    def _status(self, standing: Standing, place: Place) -> bytes:
        """One form for every event. RFC 5465 §5.1: who watches flags is told the modseq in any case."""
        mailbox = standing.mailbox
        items: list[tuple[StatusItem, int | str]] = [
            (StatusItem.MESSAGES, standing.messages),
            (StatusItem.UIDNEXT, mailbox.uid_next),
            (StatusItem.UIDVALIDITY, mailbox.uid_validity),
        ]
        if place.condstore or self._wants(Event.FLAG_CHANGE, mailbox):
            items.append((StatusItem.HIGHESTMODSEQ, mailbox.highest_modseq))
        return responses.status(mailbox.name, items, utf8=place.utf8)

    def _wants(self, event: Event, mailbox: Mailbox) -> bool:
        """RFC 5465 §6: several groups may be about one mailbox."""
        return any(
            event in group.events and _is_meant(group, names, mailbox) for group, names in self._groups
        )


def _is_meant(group: EventGroup, names: frozenset[str], mailbox: Mailbox) -> bool:
    match group.watched:
        case Watched.PERSONAL:
            return True  # there are no others: RFC 5465 §6.2
        case Watched.INBOXES:
            return mailbox.name == INBOX  # where all that is delivered goes: RFC 5465 §6.3
        case Watched.SUBSCRIBED:
            return mailbox.subscribed
        case Watched.SUBTREE:
            return mailbox.name in names or not names.isdisjoint(superiors(mailbox.name))
        case _:
            return mailbox.name in names
