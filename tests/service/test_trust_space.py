"""The trust list in force. domain.md §6."""

from datetime import timedelta

from tests.support.builders import NOON
from tests.support.world import FakeClock

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.trust.space import TrustSpace

NORTH, SOUTH = (parse_name(f"CN={name}.example.fr,OU=318,O={name},C=FR") for name in ("nord", "sud"))


def _list(*pairs: tuple[str, str]) -> TrustList:
    return TrustList(NOON, [TrustEntry(domain, parse_name(name)) for domain, name in pairs])


def _space(first: TrustList | None = None) -> TrustSpace:
    return TrustSpace(FakeClock(), timedelta(days=10), first)


def test_before_there_is_a_list_nobody_is_known_and_nothing_is_current() -> None:
    space: Trust = _space()
    assert not space.lists("nord.mssante.fr")
    assert not space.accepts("nord.mssante.fr", NORTH)
    assert space.domains_of(NORTH) == frozenset()
    assert space.generated_at is None
    assert not space.is_current


def test_a_domain_has_several_names_and_a_name_several_domains() -> None:
    space = _space(
        _list(
            ("NORD.mssante.fr", str(NORTH)),
            ("nord.mssante.fr", str(SOUTH)),
            ("est.mssante.fr", "/C=FR/O=NORD/OU=318/CN=nord.example.fr"),
            ("est.mssante.fr", str(NORTH)),
        )
    )
    assert space.lists("Nord.MSSante.fr")
    assert space.accepts("nord.mssante.fr", NORTH)
    assert space.accepts("nord.mssante.fr", SOUTH)
    assert not space.accepts("est.mssante.fr", SOUTH)
    assert not space.accepts("mssante.fr", NORTH)
    assert space.domains_of(NORTH) == {"nord.mssante.fr", "est.mssante.fr"}
    assert space.current is not None
    assert len(space.current) == 3


def test_a_list_is_acted_on_until_it_is_too_old() -> None:
    clock = FakeClock()
    space = TrustSpace(clock, timedelta(days=10), _list(("nord.mssante.fr", str(NORTH))))
    current = []
    for age in (timedelta(), timedelta(days=10), timedelta(days=10, seconds=1)):
        clock.moment = NOON + age
        current.append(space.is_current)
    assert current == [True, True, False]
    assert space.lists("nord.mssante.fr")


def test_a_new_list_answers_from_the_next_question_on() -> None:
    space = _space(_list(("nord.mssante.fr", str(NORTH))))
    space.take(_list(("sud.mssante.fr", str(SOUTH))))
    assert not space.lists("nord.mssante.fr")
    assert space.accepts("sud.mssante.fr", SOUTH)


def test_a_difference_names_domains() -> None:
    before = _list(("a.fr", str(NORTH)), ("b.fr", str(NORTH)), ("c.fr", str(NORTH)))
    after = _list(("B.fr", str(SOUTH)), ("c.fr", f" {NORTH}"), ("d.fr", str(SOUTH)))
    difference = after.since(before)
    assert (difference.added, difference.gone, difference.changed) == (("d.fr",), ("a.fr",), ("b.fr",))
    assert not after.since(after)
