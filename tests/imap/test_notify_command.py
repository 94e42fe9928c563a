"""NOTIFY, from its octets to its value; what is wrong in itself is BAD. RFC 5465 §3.1, RFC 5465 §8."""

from collections.abc import Callable

import pytest

from vaguemestre.imap.commands.fetch import BodySection, FetchAttribute
from vaguemestre.imap.commands.notify import Event, EventGroup, Notify, Watched
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.section import Section

Read = Callable[..., Command]

PAIR = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE})


@pytest.mark.parametrize(
    ("octets", "command"),
    [
        (b"NOTIFY NONE", Notify()),
        (b"notify set (personal none)", Notify((EventGroup(Watched.PERSONAL),))),
        (
            b"NOTIFY SET STATUS (inboxes (MESSAGENEW messageexpunge))",
            Notify((EventGroup(Watched.INBOXES, events=PAIR),), status=True),
        ),
        (
            b"NOTIFY SET (subscribed (FlagChange MessageNew MessageExpunge SubscriptionChange))",
            Notify(
                (
                    EventGroup(
                        Watched.SUBSCRIBED, events=PAIR | {Event.FLAG_CHANGE, Event.SUBSCRIPTION_CHANGE}
                    ),
                )
            ),
        ),
        (
            b'NOTIFY SET (subtree Archives (MailboxName)) (mailboxes (inbox "d&AOk-j&AOA-" {2+}\r\nab) NONE)',
            Notify(
                (
                    EventGroup(Watched.SUBTREE, ("Archives",), frozenset({Event.MAILBOX_NAME})),
                    EventGroup(Watched.MAILBOXES, ("INBOX", "déjà", "ab")),
                )
            ),
        ),
        (
            b"NOTIFY SET (selected (MessageNew (UID BODY.PEEK[]) MessageExpunge))",
            Notify(
                (
                    EventGroup(
                        Watched.SELECTED,
                        events=PAIR,
                        items=(FetchAttribute.UID, BodySection(Section(), peek=True)),
                    ),
                )
            ),
        ),
        (b"NOTIFY SET (selected-delayed NONE)", Notify((EventGroup(Watched.SELECTED_DELAYED),))),
        (
            b"NOTIFY SET (personal (Moon ServerMetadataChange))",
            Notify(
                (EventGroup(Watched.PERSONAL, unknown=frozenset({"MOON", "SERVERMETADATACHANGE"})),),
            ),
        ),
    ],
)
def test_it_is_read(octets: bytes, command: Command, read: Read) -> None:
    assert read(octets) == command


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"NOTIFY", "a space"),
        (b"NOTIFY SOME", "SET or NONE"),
        (b"NOTIFY NONE x", "the end of the command"),
        (b"NOTIFY SET", "a space"),
        (b"NOTIFY SET STATUS", '"("'),
        (b"NOTIFY SET personal NONE", '"("'),
        (b"NOTIFY SET (everywhere NONE)", "one of SELECTED"),
        (b"NOTIFY SET (personal)", "a space"),
        (b"NOTIFY SET (personal ())", "not empty"),
        (b"NOTIFY SET (mailboxes NONE)", "a space"),
        (b"NOTIFY SET (mailboxes () NONE)", "not empty"),
        (b"NOTIFY SET (personal (MessageNew))", "both MessageNew and MessageExpunge"),
        (b"NOTIFY SET (personal (MessageExpunge))", "both MessageNew and MessageExpunge"),
        (b"NOTIFY SET (personal (AnnotationChange))", "both MessageNew and MessageExpunge"),
        (b"NOTIFY SET (personal (MessageNew (UID) MessageExpunge))", "selected mailbox"),
        (b"NOTIFY SET (selected (MessageNew () MessageExpunge))", "not empty"),
        (b"NOTIFY SET (selected (MailboxName))", "about messages"),
        (b"NOTIFY SET (selected-delayed (ServerMetadataChange))", "about messages"),
        (b"NOTIFY SET (selected NONE) (selected NONE)", "stands once"),
        (b"NOTIFY SET" + b" (personal NONE)" * 201, "at most 200 groups"),
        (b"NOTIFY SET (personal (" + b"MailboxName " * 50 + b"MailboxName))", "at most 50"),
    ],
)
def test_what_is_wrong_says_what_was_expected(octets: bytes, expected: str, read: Read) -> None:
    with pytest.raises(CommandSyntaxError) as refused:
        read(octets)
    assert expected in refused.value.text
