"""THREAD: RFC 5256 §3. Also what it costs when a stranger chose the shape."""

from collections.abc import Callable, Generator, Sequence
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.finished import finished

from vaguemestre.imap import responses
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.commands.thread import Algorithm, Thread
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError
from vaguemestre.imap.search_key import All
from vaguemestre.imap.threads import Forest, Message, by_references, by_subject, printed

Read = Callable[..., Command]
Threading = Callable[[Sequence[Message]], Generator[None, None, Forest]]


def threads(messages: Sequence[Message], how: Threading = by_references) -> str:
    return finished(printed(finished(how(messages)))).decode()


def a_message(
    number: int, *answers: int, subject: str = "", is_reply: bool = False, identifier: int | None = None
) -> Message:
    own = number if identifier is None else identifier
    return Message(number, float(number), subject, is_reply, own, answers)


def test_the_command_is_read(read: Read) -> None:
    assert read(b"THREAD references UTF-8 ALL") == Thread(Algorithm.REFERENCES, All())
    assert read(b"UID THREAD ORDEREDSUBJECT US-ASCII ALL") == Thread(
        Algorithm.ORDEREDSUBJECT, All(), by_uid=True
    )


@pytest.mark.parametrize(
    "octets", [b"", b"REFS UTF-8 ALL", b"REFERENCES ALL", b"REFERENCES UTF-8", b"(REFERENCES) UTF-8 ALL"]
)
def test_what_is_no_thread_is_refused(octets: bytes, read: Read) -> None:
    with pytest.raises(CommandSyntaxError):
        read(b"THREAD " + octets)


def test_a_charset_must_be_known(read: Read) -> None:
    with pytest.raises(BadCharsetError):
        read(b"THREAD REFERENCES KOI8-R ALL")


def test_no_threads_are_told_without_a_space() -> None:
    assert responses.thread(b"") == b"* THREAD\r\n"
    assert responses.thread(b"(1 2)") == b"* THREAD (1 2)\r\n"


def test_one_subject_is_one_thread_of_answers_to_the_first() -> None:
    messages = [a_message(n, subject=s) for n, s in enumerate("abcabaa", 1)]
    assert threads(messages, by_subject) == "(1 (4)(6)(7))(2 5)(3)"


def test_answers_hang_below_what_they_answer() -> None:
    messages = [a_message(1), a_message(2, 1), a_message(3, 1, 2), a_message(4, 1), a_message(5)]
    assert threads(messages) == "(1 (2 3)(4))(5)"


def test_the_one_who_answers_speaks_for_itself() -> None:
    # 4 knows of 3 that it answers 2; 3 itself says 1
    messages = [a_message(1), a_message(2), a_message(3, 1), a_message(4, 2, 3)]
    assert threads(messages) == "(1 3 4)(2)"


def test_what_others_say_of_an_earlier_message_is_believed() -> None:
    messages = [a_message(1), a_message(2), a_message(3, 1, 2)]
    assert threads(messages) == "(1 2 3)"


def test_a_later_message_without_references_has_no_parent() -> None:
    assert threads([a_message(1), a_message(2, 1, 3), a_message(3)]) == "(1)(3 2)"


def test_a_message_that_nobody_has_holds_its_answers_together() -> None:
    assert threads([a_message(1, 90), a_message(2, 90), a_message(3, 91)]) == "((1)(2))(3)"


def test_a_missing_message_in_the_middle_gives_way_to_its_answers() -> None:
    assert threads([a_message(1), a_message(2, 1, 90), a_message(3, 1, 90)]) == "(1 (2)(3))"


def test_a_loop_is_not_closed() -> None:
    assert threads([a_message(1, 2), a_message(2, 1)]) == "(2 1)"
    assert threads([a_message(1, 1)]) == "(1)"


def test_of_two_with_one_identifier_the_first_is_answered() -> None:
    messages = [a_message(1, identifier=7), a_message(2, identifier=7), a_message(3, 7)]
    assert threads(messages) == "(1 3)(2)"


def test_threads_of_one_subject_are_made_one() -> None:
    answers = [a_message(1, subject="s"), a_message(2, subject="s", is_reply=True)]
    assert threads(answers) == "(1 2)"
    strangers = [a_message(1, subject="s"), a_message(2, subject="t"), a_message(3, subject="s")]
    assert threads(strangers) == "((1)(3))(2)"
    assert threads([*strangers, a_message(4, subject="s", is_reply=True)]) == "((1)(3)(4))(2)"
    assert threads([a_message(1), a_message(2)]) == "(1)(2)"


def test_the_original_stands_above_an_earlier_answer() -> None:
    assert threads([a_message(1, subject="s", is_reply=True), a_message(2, subject="s")]) == "(2 1)"


def test_two_missing_messages_of_one_subject_become_one() -> None:
    ones = [a_message(n, 90 + n % 2, subject="s", is_reply=True) for n in (1, 2, 3, 4)]
    assert threads(ones) == "((1)(2)(3)(4))"
    assert threads([*ones, a_message(5, subject="s")]) == "((1)(2)(3)(4)(5))"


@given(
    st.lists(
        st.tuples(
            st.floats(0, 9),
            st.sampled_from(["", "a", "b"]),
            st.booleans(),
            st.integers(0, 20),
            st.lists(st.integers(1, 20), max_size=5),
        ),
        max_size=40,
    )
)
def test_every_message_is_told_once_whatever_it_says(
    said: list[tuple[float, str, bool, int, list[int]]],
) -> None:
    messages = [Message(number, *one) for number, one in enumerate(said, 1)]
    for how in (by_references, by_subject):
        told = threads(messages, how)
        assert sorted(map(int, told.replace("(", " ").replace(")", " ").split())) == [
            m.number for m in messages
        ]
        assert told.count("(") == told.count(")")


@pytest.mark.parametrize(
    "references",
    [
        lambda n: (n - 1,) if n > 1 else (),
        lambda n: (n + 1,),
        lambda n: (1,) if n > 1 else (),
        lambda n: tuple(range(max(1, n - 50), n)),
        lambda n: tuple(range(n * 50, n * 50 + 50)),
    ],
    ids=["a chain", "a chain backwards", "all to one", "fifty each", "fifty that nobody has"],
)
def test_any_shape_costs_what_its_messages_cost(references: Callable[[int], tuple[int, ...]]) -> None:
    messages = [a_message(n, *references(n), subject="s" if n % 2 else "") for n in range(1, 10_001)]
    started = process_time()
    forest = finished(by_references(messages))
    finished(printed(forest))
    assert process_time() - started < 5
