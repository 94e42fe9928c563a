"""The table of rules: adding one is a function, a test and a line here. docs/rules.md is made from it.

Two families: those that judge the sender and the message, once; those that judge each recipient. The
first refuse or stay silent, so their silence permits; the second must permit somewhere (``combine``).
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.rules import addresses, attachments, conversations, senders
from vaguemestre.policy.verdict import Verdict, Weight, combine, permit

SenderRule: TypeAlias = Callable[[SenderCase], Verdict]
RecipientRule: TypeAlias = Callable[[Case], Verdict]
Rule: TypeAlias = SenderRule | RecipientRule

SENDER_RULES: Final[tuple[SenderRule, ...]] = (
    senders.account_sends,
    senders.reverse_path_is_the_account,
    senders.from_is_the_account,
    senders.citizen_keeps_answers_to_himself,
    senders.sender_field_is_the_account,
    senders.announced_size_is_within_the_limit,
    senders.recipients_are_few,
    senders.header_names_few,
    senders.message_is_well_formed,
    senders.message_holds_no_nul,
    senders.message_is_in_no_loop,
    attachments.attachments_are_few,
    attachments.no_executable,
    attachments.nothing_is_hidden,
)

RECIPIENT_RULES: Final[tuple[RecipientRule, ...]] = (
    addresses.domain_is_ours,
    addresses.ins_key_is_right,
    addresses.mailbox_exists,
    addresses.mailbox_receives,
    addresses.quota_is_kept,
    addresses.one_citizen_a_message,
    conversations.professional_opens,
    conversations.citizen_answers_open_conversation,
    conversations.citizen_writes_while_open,
    conversations.citizen_answers_in_the_thread,
    conversations.citizen_never_writes_to_citizen,
    conversations.professionals_write_to_each_other,
    attachments.attachments_fit_their_destination,
    attachments.citizen_sends_accepted_types,
)

RULES: Final[tuple[Rule, ...]] = (*SENDER_RULES, *RECIPIENT_RULES)

_SENDER_STANDS: Final = permit("SND-0")


def judge_sender(case: SenderCase) -> Verdict:
    """The decision on the sender and the message as a whole."""
    refusals = [verdict for rule in SENDER_RULES if (verdict := rule(case)).weight is Weight.REFUSE]
    return combine(refusals) if refusals else _SENDER_STANDS


def judge(case: Case) -> Verdict:
    """The decision on one message for one recipient."""
    return combine(rule(case) for rule in RECIPIENT_RULES)
