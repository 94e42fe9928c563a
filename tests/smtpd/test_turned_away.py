"""Who was turned away by TLS is told once in a while, and nobody's memory grows for it. domain.md §6."""

from vaguemestre.net.operators import Fault
from vaguemestre.smtpd.turned_away import TurnedAway


def test_it_is_told_once_to_that_address_and_to_no_other() -> None:
    turned_away = TurnedAway()
    turned_away.note("192.0.2.1", Fault.PURPOSE, now=0)
    assert turned_away.take("192.0.2.2", now=1) is None
    assert turned_away.take("192.0.2.1", now=1) is Fault.PURPOSE
    assert turned_away.take("192.0.2.1", now=2) is None


def test_the_last_fault_is_told_and_not_again_within_a_quarter_of_an_hour() -> None:
    turned_away = TurnedAway()
    turned_away.note("192.0.2.1", Fault.UNKNOWN_AUTHORITY, now=0)
    turned_away.note("192.0.2.1", Fault.UNSOUND, now=5)
    assert turned_away.take("192.0.2.1", now=10) is Fault.UNSOUND
    turned_away.note("192.0.2.1", Fault.UNSOUND, now=20)
    assert turned_away.take("192.0.2.1", now=30) is None
    turned_away.note("192.0.2.1", Fault.UNSOUND, now=911)
    assert turned_away.take("192.0.2.1", now=912) is Fault.UNSOUND


def test_what_was_days_ago_is_not_told() -> None:
    turned_away = TurnedAway()
    turned_away.note("192.0.2.1", Fault.PURPOSE, now=0)
    assert turned_away.take("192.0.2.1", now=90_000) is None


def test_so_many_addresses_are_remembered_and_the_oldest_forgotten() -> None:
    turned_away = TurnedAway()
    for number in range(1_100):
        turned_away.note(str(number), Fault.PURPOSE, now=number)
    assert turned_away.take("75", now=1_101) is None
    assert turned_away.take("76", now=1_101) is Fault.PURPOSE
