"""The table of rules: adding one is a function, a test and a line here. docs/rules.md is made from it.

Two families: those that judge the sender and the message, once; those that judge each recipient. The
first refuse or stay silent, so their silence permits; the second must permit somewhere (``combine``).
Beside each rule stands the version that brought it; it keeps its identifier for ever.

Each family stands in parts, by what a rule looks at. A part is asked only where there is something to look
at, and elsewhere every rule of it would abstain: of a letter without attachment 25 rules are asked and not
all 69, in 45 calls from MAIL to its filing. A rule whose part is not plain stands in the first, which is
always asked; tests/policy/test_combining.py asks them all and finds a rule in the wrong one.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias

from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.rules import (
    addresses,
    archives,
    attachments,
    binary,
    conversations,
    delegation,
    documents,
    holds,
    pharmacies,
    profiles,
    relaying,
    senders,
    solicitation,
)
from vaguemestre.policy.verdict import Verdict, Weight, combine, permit

SenderRule: TypeAlias = Callable[[SenderCase], Verdict]
RecipientRule: TypeAlias = Callable[[Case], Verdict]
Rule: TypeAlias = SenderRule | RecipientRule

_OF_ANY_SENDER: Final[Mapping[SenderRule, str]] = {
    senders.account_sends: "0.1.0",
    senders.reverse_path_is_the_account: "0.1.0",
    delegation.reader_may_send: "0.1.0",
    senders.announced_size_is_within_the_limit: "0.1.0",
    senders.recipients_are_few: "0.1.0",
}

_OF_CONTENT: Final[Mapping[SenderRule, str]] = {
    senders.from_is_the_account: "0.1.0",
    senders.citizen_keeps_answers_to_himself: "0.1.0",
    senders.sender_field_is_the_account: "0.1.0",
    senders.header_names_few: "0.1.0",
    senders.header_is_looked_at_whole: "0.1.0",
    senders.message_is_well_formed: "0.1.0",
    senders.message_holds_no_nul: "0.1.0",
    binary.binary_parts_are_converted: "0.1.0",
    senders.message_is_in_no_loop: "0.1.0",
    attachments.no_virus: "0.1.0",
    attachments.nothing_goes_unscanned: "0.1.0",
}

_OF_PEERS: Final[Mapping[SenderRule, str]] = {
    relaying.reverse_path_is_the_operators: "0.1.0",
    relaying.what_has_no_sender_is_a_report: "0.1.0",
    relaying.from_is_the_operators: "0.1.0",
    relaying.citizens_mail_is_his_own: "0.1.0",
    relaying.sender_field_is_the_operators: "0.1.0",
}

_OF_ATTACHMENTS: Final[Mapping[SenderRule, str]] = {
    attachments.no_executable: "0.1.0",
    attachments.nothing_is_hidden: "0.1.0",
    archives.no_program_inside: "0.1.0",
    archives.no_macro: "0.1.0",
    archives.nothing_encrypted: "0.1.0",
    archives.no_archive_in_an_archive: "0.1.0",
    archives.archives_unpack_to_little: "0.1.0",
    archives.archives_are_sound: "0.1.0",
    archives.archives_can_be_opened: "0.1.0",
}

_OF_HOLDS: Final[Mapping[SenderRule, str]] = {
    holds.release_is_ahead: "0.1.0",
    holds.few_are_held: "0.1.0",
    holds.held_message_has_room: "0.1.0",
    holds.message_outlives_its_wait: "0.1.0",
    holds.release_is_in_time: "0.1.0",
}

SENDER_RULES: Final[Mapping[SenderRule, str]] = {
    **_OF_ANY_SENDER,
    **_OF_CONTENT,
    **_OF_PEERS,
    **_OF_ATTACHMENTS,
    **_OF_HOLDS,
}

_OF_ANY_RECIPIENT: Final[Mapping[RecipientRule, str]] = {
    addresses.ins_key_is_right: "0.1.0",
    addresses.mailbox_exists: "0.1.0",
    addresses.mailbox_receives: "0.1.0",
    addresses.quota_is_kept: "0.1.0",
    addresses.one_citizen_a_message: "0.1.0",
    profiles.citizen_has_not_blocked: "0.1.0",
    conversations.professional_opens: "0.1.0",
    conversations.citizen_answers_the_only_open_conversation: "0.1.0",
    conversations.professionals_write_to_each_other: "0.1.0",
    attachments.message_fits_its_destination: "0.1.0",
}

_OF_OTHER_DOMAINS: Final[Mapping[RecipientRule, str]] = {
    addresses.domain_is_in_the_trust_space: "0.1.0",
    addresses.trust_space_is_known: "0.1.0",
    relaying.recipient_is_ours: "0.1.0",
}

_OF_RELAYED: Final[Mapping[RecipientRule, str]] = {
    relaying.citizens_reports_are_for_professionals: "0.1.0",
}

_OF_CITIZENS: Final[Mapping[RecipientRule, str]] = {
    conversations.citizen_answers_open_conversation: "0.1.0",
    conversations.citizen_writes_while_open: "0.1.0",
    conversations.citizen_answers_in_the_thread: "0.1.0",
    conversations.citizen_never_writes_to_citizen: "0.1.0",
    conversations.citizen_asks_the_service: "0.1.0",
    conversations.quiet_conversation_is_closed: "0.1.0",
    conversations.conversation_of_a_closed_account_is_closed: "0.1.0",
    conversations.conversation_with_a_blocked_professional_is_closed: "0.1.0",
    pharmacies.citizen_sends_a_prescription: "0.1.0",
    pharmacies.prescription_is_attached: "0.1.0",
    pharmacies.pharmacy_has_dispensed: "0.1.0",
    pharmacies.dispensation_is_known: "0.1.0",
    solicitation.citizen_keeps_within_the_budget: "0.1.0",
    attachments.citizen_sends_accepted_types: "0.1.0",
}

_OF_WHAT_IS_ATTACHED: Final[Mapping[RecipientRule, str]] = {
    attachments.attachments_fit_their_destination: "0.1.0",
    attachments.attachments_are_few: "0.1.0",
}

_OF_DOCUMENTS: Final[Mapping[RecipientRule, str]] = {
    documents.document_is_the_recipients: "0.1.0",
    documents.documents_are_of_one_patient: "0.1.0",
    documents.document_can_be_read: "0.1.0",
    documents.hidden_from_the_patient: "0.1.0",
    documents.hidden_from_professionals: "0.1.0",
    documents.marks_are_understood: "0.1.0",
    documents.hidden_from_representatives: "0.1.0",
}

RECIPIENT_RULES: Final[Mapping[RecipientRule, str]] = {
    **_OF_ANY_RECIPIENT,
    **_OF_OTHER_DOMAINS,
    **_OF_RELAYED,
    **_OF_CITIZENS,
    **_OF_WHAT_IS_ATTACHED,
    **_OF_DOCUMENTS,
}

RULES: Final[tuple[Rule, ...]] = (*SENDER_RULES, *RECIPIENT_RULES)

_SENDER_STANDS: Final = permit("SND-0")


def asked_of_sender(case: SenderCase) -> Sequence[SenderRule]:
    """Those of the rules that may have something to say."""
    content = case.content
    attachments_there = content is not None and bool(content.attachments)
    relayed = case.peer is not None
    return _asked_of_sender(content is not None, attachments_there, case.hold is not None, relayed)


@cache
def _asked_of_sender(
    content: bool, attachments_there: bool, hold: bool, relayed: bool
) -> tuple[SenderRule, ...]:
    parts = (
        (True, _OF_ANY_SENDER),
        (content, _OF_CONTENT),
        (relayed, _OF_PEERS),
        (attachments_there, _OF_ATTACHMENTS),
        (hold, _OF_HOLDS),
    )
    return tuple(rule for is_asked, part in parts if is_asked for rule in part)


def asked_of_recipient(case: Case) -> Sequence[RecipientRule]:
    """The same for one recipient."""
    content = case.content
    attached = content is not None and bool(content.attachments)
    documents_there = content is not None and content.has_documents
    return _asked_of_recipient(
        not case.is_ours, case.is_relayed, case.from_citizen, attached, documents_there
    )


@cache
def _asked_of_recipient(
    elsewhere: bool, relayed: bool, citizen: bool, attached: bool, documents_there: bool
) -> tuple[RecipientRule, ...]:
    parts = (
        (True, _OF_ANY_RECIPIENT),
        (elsewhere, _OF_OTHER_DOMAINS),
        (relayed, _OF_RELAYED),
        (citizen, _OF_CITIZENS),
        (attached, _OF_WHAT_IS_ATTACHED),
        (documents_there, _OF_DOCUMENTS),
    )
    return tuple(rule for is_asked, part in parts if is_asked for rule in part)


def judge_sender(case: SenderCase) -> Verdict:
    """The decision on the sender and the message as a whole."""
    refusals = [verdict for rule in asked_of_sender(case) if (verdict := rule(case)).weight is Weight.REFUSE]
    return combine(refusals) if refusals else _SENDER_STANDS


def judge(case: Case) -> Verdict:
    """The decision on one message for one recipient."""
    return combine([rule(case) for rule in asked_of_recipient(case)])
