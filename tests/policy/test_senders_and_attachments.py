"""What a sender may claim and carry. domain.md §2, §3."""

from dataclasses import replace

import pytest
from tests.support.builders import (
    CITIZEN,
    DOCTOR,
    OTHER_DOCTOR,
    a_case,
    a_citizen,
    a_pair,
    a_policy,
    a_professional,
    a_sender_case,
    an_attachment,
    some_facts,
)

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.mail.media_types import UNEXAMINED
from vaguemestre.mime.scan import MAX_HEADER
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.limits import Carriage, Destination, Limits, megabytes
from vaguemestre.policy.rulebook import judge, judge_sender
from vaguemestre.policy.rules.senders import MAX_HEADER_KILOBYTES


def _rule(case: SenderCase) -> str:
    verdict = judge_sender(case)
    return verdict.rule if verdict.refuses else "stands"


def test_a_sender_under_his_own_address_stands() -> None:
    assert _rule(a_sender_case(a_professional(), content=some_facts())) == "stands"
    assert _rule(a_sender_case(a_professional(), "Claire.MARTIN@cabinet.mssante.fr")) == "stands"


@pytest.mark.parametrize("state", [BalState.SUSPENDED, BalState.CLOSED, BalState.INACTIVE, BalState.OPPOSED])
def test_an_account_that_is_not_active_sends_nothing(state: BalState) -> None:
    assert _rule(a_sender_case(a_professional(state=state))) == "SND-1"


@pytest.mark.parametrize("path", [OTHER_DOCTOR, None])
def test_mail_from_is_the_account(path: str | None) -> None:
    assert _rule(a_sender_case(a_professional(), path)) == "SND-2"


def test_the_from_field_is_the_account() -> None:
    assert _rule(a_sender_case(a_professional(), content=some_facts(from_=OTHER_DOCTOR))) == "SND-3"


def test_a_citizen_cannot_lead_answers_elsewhere() -> None:
    elsewhere = some_facts(from_=CITIZEN, reply_to=["somebody@example.com"])
    assert _rule(a_sender_case(a_citizen(), content=elsewhere)) == "SND-4"
    assert (
        _rule(a_sender_case(a_citizen(), content=some_facts(from_=CITIZEN, reply_to=[CITIZEN]))) == "stands"
    )


def test_a_size_over_the_limit_is_refused_when_announced_and_when_found() -> None:
    assert _rule(a_sender_case(a_professional(), declared_size=25_000_001)) == "LIM-1"
    assert _rule(a_sender_case(a_professional(), declared_size=25_000_000)) == "stands"
    assert _rule(a_sender_case(a_professional(), content=some_facts(size=25_000_001))) == "LIM-1"


def test_recipients_and_attachments_are_counted() -> None:
    policy = a_policy(limits=Limits(recipients=2))
    assert _rule(a_sender_case(a_professional(), recipient_count=3, policy=policy)) == "LIM-2"
    two = some_facts(attachments=[an_attachment(), an_attachment()])
    one = a_policy(limits=limited(Destination.PROFESSIONAL, BalKind.PER, Carriage(count=1)))
    colleague = a_professional(OTHER_DOCTOR)
    verdict = judge(a_case(a_professional(), colleague, content=two, policy=one))
    assert str(verdict.reply) == "552 5.2.3 [MSS-ATT-2] Too many attachments: 2, limit 1"
    assert not judge(a_case(a_professional(), a_citizen(), content=two, policy=one)).refuses


def limited(destination: Destination, kind: BalKind, carriage: Carriage) -> Limits:
    return Limits(carriage={(destination, kind): carriage})


def test_what_a_message_may_weigh_depends_on_who_sends_it_to_whom() -> None:
    limits = limited(Destination.CITIZEN, BalKind.APP, Carriage(message=2_000_000))
    policy = a_policy(limits=limits)
    app, doctor = a_professional(kind=BalKind.APP), a_professional()
    heavy = some_facts(size=2_000_001)
    verdict = judge(a_case(app, a_citizen(), content=heavy, policy=policy))
    assert str(verdict.reply) == (
        "552 5.2.3 [MSS-LIM-4] The message is too large for this recipient: 2.1 MB, limit 2 MB"
    )
    assert not judge(a_case(app, a_professional(OTHER_DOCTOR), content=heavy, policy=policy)).refuses
    assert not judge(a_case(doctor, a_citizen(), content=heavy, policy=policy)).refuses
    announced = replace(a_case(app, a_citizen(), policy=policy), declared_size=2_000_001)
    assert judge(announced).rule == "LIM-4"


def test_a_kind_that_may_send_little_anywhere_is_told_at_once() -> None:
    small = Carriage(message=1_000_000)
    limits = Limits(carriage={(destination, BalKind.CITIZEN): small for destination in Destination})
    policy = a_policy(limits=limits)
    assert _rule(a_sender_case(a_citizen(), declared_size=1_000_001, policy=policy)) == "LIM-1"
    assert _rule(a_sender_case(a_professional(), declared_size=1_000_001, policy=policy)) == "stands"


def test_bare_line_ends_and_nuls_are_refused() -> None:
    assert _rule(a_sender_case(a_professional(), content=some_facts(has_bare_line_end=True))) == "FRM-1"
    assert _rule(a_sender_case(a_professional(), content=some_facts(has_nul=True))) == "FRM-2"


@pytest.mark.parametrize("flaw", BinaryFlaw)
def test_binary_parts_that_cannot_be_converted_are_refused_with_what_to_mend(flaw: BinaryFlaw) -> None:
    verdict = judge_sender(a_sender_case(a_professional(), content=some_facts(binary_flaw=flaw)))
    assert verdict.rule == "FRM-4"
    assert verdict.reply is not None
    assert verdict.reply.status == "5.6.5"
    assert all(", " in sentence for sentence in verdict.reply.sentences)


def test_a_program_is_refused_from_anyone_whatever_its_name() -> None:
    program = an_attachment("application/x-msdownload", "ordonnance.pdf")
    verdict = judge_sender(a_sender_case(a_professional(), content=some_facts(attachments=[program])))
    assert (
        str(verdict.reply) == '550 5.7.1 [MSS-ATT-3] The attachment "ordonnance.pdf" is a program: remove it'
    )


def test_attachments_over_the_destinations_limit_are_refused_with_the_numbers() -> None:
    heavy = some_facts(attachments=[an_attachment(size=6_000_000), an_attachment(size=5_150_000)])
    verdict = judge(a_case(a_professional(), a_citizen(), content=heavy))
    assert str(verdict.reply) == "552 5.2.3 [MSS-ATT-1] The attachments are too large: 11.2 MB, limit 10 MB"
    roomy = a_policy(limits=limited(Destination.PROFESSIONAL, BalKind.PER, Carriage(attachments=12_000_000)))
    colleague = a_professional(OTHER_DOCTOR)
    assert not judge(a_case(a_professional(), colleague, policy=roomy, content=heavy)).refuses


@pytest.mark.parametrize(
    ("detected_type", "name", "accepted"),
    [
        ("application/pdf", "ordonnance.pdf", True),
        ("image/jpeg", "photo.jpg", True),
        ("application/zip", "IHE_XDM.zip", False),
        ("application/zip", "photos.zip", False),
        ("application/octet-stream", "lettre.pdf", False),
    ],
)
def test_a_citizen_sends_only_the_accepted_types(detected_type: str, name: str, accepted: bool) -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor)
    content = some_facts(from_=CITIZEN, attachments=[an_attachment(detected_type, name)])
    case = a_case(citizen, doctor, citizens=0, between=[pair], answered=pair, content=content)
    assert judge(case).refuses is not accepted
    assert not judge(a_case(a_professional(DOCTOR), citizen, content=content)).refuses


def test_a_citizen_sends_an_xdm_archive_whatever_its_name() -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor)
    archive = replace(an_attachment("application/zip", "documents.zip"), is_xdm=True)
    content = some_facts(from_=CITIZEN, attachments=[archive])
    case = a_case(citizen, doctor, citizens=0, between=[pair], answered=pair, content=content)
    assert not judge(case).refuses


@pytest.mark.parametrize(
    ("octets", "said"),
    [(10_000_000, "10 MB"), (10_000_001, "10.1 MB"), (11_150_000, "11.2 MB"), (1, "0.1 MB")],
)
def test_sizes_are_never_rounded_down_onto_the_limit(octets: int, said: str) -> None:
    assert megabytes(octets) == said


def test_too_long_a_header_is_refused_for_what_it_is() -> None:
    assert MAX_HEADER_KILOBYTES * 1024 == MAX_HEADER
    hidden = some_facts(attachments=[an_attachment(UNEXAMINED, "")])
    verdict = judge_sender(
        a_sender_case(a_professional(), content=replace(hidden, has_too_large_header=True))
    )
    said = "The header of the message is too long: 256 KB at most"
    assert str(verdict.reply) == f"552 5.3.4 [MSS-LIM-5] {said}"


def test_what_could_not_be_examined_is_refused_from_anyone_with_what_to_do() -> None:
    hidden = some_facts(attachments=[an_attachment(UNEXAMINED, "")])
    verdict = judge_sender(a_sender_case(a_professional(), content=hidden))
    assert str(verdict.reply) == (
        "550 5.6.0 [MSS-ATT-5] The part without a name cannot be examined: it is nested too deeply or encoded"
        " in an unknown way; attach the documents themselves"
    )


def test_a_header_that_names_too_many_people_is_refused() -> None:
    crowd = replace(some_facts(), has_too_many_addresses=True)
    assert _rule(a_sender_case(a_professional(), content=crowd)) == "LIM-3"


def test_the_sender_field_names_nobody_else() -> None:
    own = replace(some_facts(), sender=(parse_address(DOCTOR),))
    another = replace(some_facts(), sender=(parse_address(OTHER_DOCTOR),))
    assert _rule(a_sender_case(a_professional(), content=own)) == "stands"
    assert _rule(a_sender_case(a_professional(), content=another)) == "SND-5"
    assert _rule(a_sender_case(a_professional(), content=replace(own, unreadable_sender=True))) == "SND-5"


def test_a_citizen_goes_by_his_aliases_and_by_nobody_elses() -> None:
    citizen = a_citizen()
    later, stranger = "191070000002243@patient.mssante.fr", "277076322082910@patient.mssante.fr"
    for address, refused in ((later, False), (stranger, True)):
        facts = some_facts(from_=address, reply_to=(address,))
        case = replace(a_sender_case(citizen, address, content=facts), further=frozenset({later}))
        assert judge_sender(case).refuses is refused


def test_every_ins_of_a_person_is_known_to_the_rules() -> None:
    other = parse_address("191070000002243@patient.mssante.fr")
    case = replace(a_case(a_professional(), a_citizen()), aliases=(other,))
    assert {ins.text for ins in case.holder_ins} == {"279035121518989", "191070000002243"}
    assert a_case(a_professional(), a_professional()).holder_ins == frozenset()
