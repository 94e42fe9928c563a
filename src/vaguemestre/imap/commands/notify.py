"""NOTIFY. RFC 5465 §3.1, RFC 5465 §8: which events, of which mailboxes, a client wants to be told.

What is wrong in itself is BAD: half of a pair of events (RFC 5465 §5), events about names for the mailbox
that is open, items to fetch for one that is not. An event unknown here is no mistake: it is kept, and refused
by whoever runs the command (RFC 5465 §3.1).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.commands.fetch import FetchItem, parse_items
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_GROUPS: Final = 200
MAX_EVENTS: Final = 50
MAX_PARSED: Final = 5_000  # names in one group; how many may be watched is the door's to say

_LIST = re.compile(rb" \(")


class Event(StrEnum):
    """What can happen, as far as it is told here. RFC 5465 §5."""

    MESSAGE_NEW = "MessageNew"
    MESSAGE_EXPUNGE = "MessageExpunge"
    FLAG_CHANGE = "FlagChange"
    MAILBOX_NAME = "MailboxName"
    SUBSCRIPTION_CHANGE = "SubscriptionChange"


class Watched(StrEnum):
    """Which mailboxes a group is about. RFC 5465 §6."""

    SELECTED = "SELECTED"
    SELECTED_DELAYED = "SELECTED-DELAYED"
    INBOXES = "INBOXES"
    PERSONAL = "PERSONAL"
    SUBSCRIBED = "SUBSCRIBED"
    SUBTREE = "SUBTREE"
    MAILBOXES = "MAILBOXES"


_NAMED: Final = {Watched.SUBTREE, Watched.MAILBOXES}
_SELECTED: Final = {Watched.SELECTED, Watched.SELECTED_DELAYED}
_PAIR: Final = {"MESSAGENEW", "MESSAGEEXPUNGE"}
_ABOUT_MESSAGES: Final = _PAIR | {"FLAGCHANGE", "ANNOTATIONCHANGE"}
_ABOUT_OTHERS: Final = {
    "MAILBOXNAME",
    "SUBSCRIPTIONCHANGE",
    "MAILBOXMETADATACHANGE",
    "SERVERMETADATACHANGE",
}
_EVENTS: Final = {event.upper(): event for event in Event}


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events of some mailboxes; none for NONE. ``names`` are those of SUBTREE and MAILBOXES.

    ``items`` are fetched of each new message, empty when EXISTS is enough; ``unknown`` are events that are
    not told here, in capitals.
    """

    watched: Watched
    names: tuple[str, ...] = ()
    events: frozenset[Event] = frozenset()
    items: tuple[FetchItem, ...] = ()
    unknown: frozenset[str] = frozenset()

    @property
    def is_selected(self) -> bool:
        """Whether it is about the mailbox that is open, and that one alone."""
        return self.watched in _SELECTED


@dataclass(frozen=True, slots=True)
class Notify:
    """What is wanted from now on, in place of what was; without groups, nothing: NOTIFY NONE.

    ``status``: how the mailboxes stand is told first.
    """

    groups: tuple[EventGroup, ...] = ()
    status: bool = False


def parse(scanner: Scanner) -> Notify:
    """``NOTIFY NONE`` or ``NOTIFY SET [STATUS] (mailboxes events) …``."""
    scanner.space()
    form = grammar.word(scanner, "SET or NONE")
    if form == "NONE":
        scanner.end()
        return Notify()
    if form != "SET":
        raise CommandSyntaxError("Expected SET or NONE here")
    scanner.space()
    status = scanner.take_word(b"STATUS ")
    groups = [_group(scanner)]
    while scanner.take(b" "):
        if len(groups) >= MAX_GROUPS:
            raise CommandSyntaxError(f"Expected at most {MAX_GROUPS} groups of events")
        groups.append(_group(scanner))
    scanner.end()
    if sum(group.is_selected for group in groups) > 1:
        raise CommandSyntaxError("SELECTED or SELECTED-DELAYED stands once")
    return Notify(tuple(groups), status)


def _group(scanner: Scanner) -> EventGroup:
    """RFC 5465 §8: event-group = "(" filter-mailboxes SP events ")"."""
    scanner.expect(b"(")
    try:
        watched = Watched(grammar.word(scanner, "which mailboxes"))
    except ValueError:
        raise CommandSyntaxError(f"Expected one of {' '.join(Watched)} here") from None
    names: tuple[str, ...] = ()
    scanner.space()
    if watched in _NAMED:
        names = _names(scanner)
        scanner.space()
    group = EventGroup(watched, names)
    if not scanner.take_word(b"NONE"):
        listed = grammar.parenthesised(scanner, _event, limit=MAX_EVENTS, least=1)
        group = _checked(watched, names, dict(listed))
    scanner.expect(b")")
    return group


def _names(scanner: Scanner) -> tuple[str, ...]:
    """RFC 5465 §8: one-or-more-mailbox; ``*`` and ``%`` stand for themselves (RFC 5465 §6.6)."""
    if scanner.peek() == b"(":
        return grammar.parenthesised(scanner, grammar.mailbox, limit=MAX_PARSED, least=1)
    return (grammar.mailbox(scanner),)


def _event(scanner: Scanner) -> tuple[str, tuple[FetchItem, ...]]:
    """The name of an event in capitals, and the items that MessageNew may have."""
    name = grammar.word(scanner, "an event")
    if name == "MESSAGENEW" and scanner.looking_at(_LIST):
        scanner.space()
        return name, parse_items(scanner)
    return name, ()


def _checked(
    watched: Watched, names: tuple[str, ...], listed: dict[str, tuple[FetchItem, ...]]
) -> EventGroup:
    wanted = set(listed)
    if wanted & _ABOUT_MESSAGES and not wanted >= _PAIR:
        raise CommandSyntaxError("Events of messages want both MessageNew and MessageExpunge")
    group = EventGroup(
        watched,
        names,
        frozenset(_EVENTS[name] for name in wanted & _EVENTS.keys()),
        listed.get("MESSAGENEW", ()),
        frozenset(wanted - _EVENTS.keys()),
    )
    if group.is_selected and wanted & _ABOUT_OTHERS:
        raise CommandSyntaxError(f"{watched} is about messages: no other event stands with it")
    if group.items and not group.is_selected:
        raise CommandSyntaxError("Only of messages new in the selected mailbox can something be fetched")
    return group
