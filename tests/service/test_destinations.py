"""How many connections one destination gets, and how long it is left alone. RFC 5321 §4.5.4.1."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.support.builders import NOON

from vaguemestre.service.outbound.destinations import Destination, Destinations, next_pause

MOST = 20


def connections(destination: Destination) -> int:
    """How many may be open at once."""
    destination.running = 0
    while destination.has_room():
        destination.running += 1
    return destination.running


def test_who_accepts_is_given_more_one_by_one_and_no_more_than_is_set() -> None:
    destination, seen = Destination(), list[int]()
    for _ in range(1_000):
        seen.append(connections(destination))
        destination.succeeded(MOST)
    assert seen[0] == 2
    assert seen[-1] == MOST
    assert all(0 <= after - before <= 1 for before, after in pairwise(seen))
    assert destination.accepted == 1_000


def test_more_is_given_the_more_slowly_the_more_there_are() -> None:
    destination, steps = Destination(), list[int]()
    for wanted in range(3, 10):
        before = destination.accepted
        while connections(destination) < wanted:
            destination.succeeded(MOST)
        steps.append(destination.accepted - before)
    assert steps == sorted(steps)


def test_a_failure_halves_and_one_is_always_left_to_try_by() -> None:
    destination = Destination(allowed=16.0)
    seen = []
    for _ in range(6):
        destination.failed()
        seen.append(connections(destination))
    assert seen == [8, 4, 2, 1, 1, 1]


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 50))
def test_whatever_happens_it_is_between_one_and_the_bound(outcomes: list[bool], most: int) -> None:
    destination = Destination(allowed=1.0)
    for accepted in outcomes:
        destination.succeeded(most) if accepted else destination.failed()
        assert 1 <= connections(destination) <= most


def test_of_more_destinations_than_there_are_only_those_in_use_are_remembered() -> None:
    destinations = Destinations()
    busy = destinations.of("busy.example")
    busy.running, busy.allowed = 1, 9.0
    idle = destinations.of("idle.example")
    for number in range(10_000):
        destinations.of(f"{number}.example")
    assert destinations.of("busy.example") is busy
    assert destinations.of("idle.example") is not idle


def test_each_pause_is_longer_until_the_last_which_is_kept() -> None:
    schedule = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))
    pause, lasted = None, []
    for _ in range(5):
        pause = next_pause(pause, "dead.example", NOON, schedule, "nobody answers")
        lasted.append(pause.until - NOON)
    assert lasted == [*schedule, schedule[-1], schedule[-1]]
    assert pause is not None
    assert (pause.failures, pause.since) == (5, NOON)
