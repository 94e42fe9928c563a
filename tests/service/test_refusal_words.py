"""What is passed on of another operator's refusal: codes, a rule's identifier, and words of ours."""

import re
from pathlib import Path

import pytest

from vaguemestre.service.outbound.refusal_words import words_of
from vaguemestre.smtp.client_replies import PeerReply


def test_the_rule_of_a_gateway_like_ours_is_named_with_a_sentence_of_ours() -> None:
    lines = ("[MSS-CONV-2] Cette conversation a ete cloturee", "[MSS-CONV-2] mx7.internal closed it")
    said = words_of(PeerReply(550, "5.7.1", lines))
    assert said.fr == "[MSS-CONV-2] cette conversation a été clôturée par le professionnel"
    assert said.en == "[MSS-CONV-2] this conversation has been closed by the professional"


@pytest.mark.parametrize(
    "line",
    ["[MSS-CONV-99] win a prize at evil.example", "[MSS-conv-2] x", "MSS-CONV-2", "host mx7 says no", ""],
)
def test_nothing_else_that_it_says_is_passed_on(line: str) -> None:
    said = words_of(PeerReply(550, "5.7.1", (line,)))
    assert said.en == "the recipient's operator does not allow this message"


def test_who_waits_for_an_answer_reads_whom_to_call_in_an_emergency() -> None:
    said = words_of(PeerReply(550, "5.7.1", ("[MSS-BUD-1] x",)))
    assert "15" in said.fr
    assert "112" in said.en


RULES = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
# What is said to our own senders alone: whom this operator reaches, and whom they have blocked themselves.
NEVER_FROM_ELSEWHERE = {"ADR-1", "CONV-10"}


def test_every_rule_that_refuses_for_good_what_another_operator_brings_has_its_words() -> None:
    families = "ADR|ATT|BUD|CONV|IDV|PHA|PROF|VIS"
    refusing = set(re.findall(rf"(?m)^\| MSS-((?:{families})-\d+) \|[^|]*\|[^|]*`5\d\d ", RULES))
    assert len(refusing) > 25
    silent = {rule for rule in refusing if f"[MSS-{rule}]" not in _said(rule)}
    assert silent == NEVER_FROM_ELSEWHERE


def _said(rule: str) -> str:
    return words_of(PeerReply(550, "5.7.1", (f"[MSS-{rule}] x",))).fr
