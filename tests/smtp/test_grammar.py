"""Commands and their arguments. RFC 5321 §4.1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import Notify, Returned, Wish
from vaguemestre.smtp.grammar import CommandSyntaxError, parse_command, parse_host, parse_mail, parse_rcpt
from vaguemestre.smtp.parameters import Body, MailParameters


def refused(argument: str) -> str:
    with pytest.raises(CommandSyntaxError) as caught:
        parse_mail(argument)
    return f"{caught.value.reply.code} {caught.value.reply.status}"


def rcpt_refused(argument: str, smtputf8: bool = False) -> str:
    with pytest.raises(CommandSyntaxError) as caught:
        parse_rcpt(argument, smtputf8, "example.org")
    return f"{caught.value.reply.code} {caught.value.reply.status}"


def test_a_verb_is_read_without_case() -> None:
    assert parse_command(b"mail  FROM:<a@b.fr> ") == ("MAIL", "FROM:<a@b.fr>")
    assert parse_command(b"QUIT") == ("QUIT", "")


@pytest.mark.parametrize("line", [b"", b" NOOP", b"\x16\x03\x01", b"NO\xffOP", b"NO-OP", b".", b"NOOP \xff"])
def test_a_line_that_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(CommandSyntaxError) as caught:
        parse_command(line)
    assert str(caught.value.reply).startswith("500 5.5.2 ")


def test_the_null_reverse_path_is_no_address() -> None:
    assert parse_mail("FROM:<>") == (None, MailParameters())


@pytest.mark.parametrize(
    ("argument", "local"),
    [
        ("FROM:<a@example.org>", "a"),
        ("from: <a@example.org>", "a"),
        ("FROM:<@relay.example,@other.example:a@example.org>", "a"),
        ('FROM:<"a b"@example.org>', '"a b"'),
        ('FROM:<"a>b"@example.org>', '"a>b"'),
        (r'FROM:<"a\"b"@example.org>', r'"a\"b"'),
    ],
)
def test_the_forms_of_a_path(argument: str, local: str) -> None:
    assert parse_mail(argument).reverse_path == Address(local, "example.org")


@pytest.mark.parametrize(
    ("argument", "status"),
    [
        ("", "501 5.5.2"),
        ("<a@example.org>", "501 5.5.2"),
        ("FROM:a@example.org", "501 5.5.2"),
        ("FROM:<a@example.org", "501 5.5.2"),
        ("FROM:<a@example.org>SIZE=1", "501 5.5.2"),
        ("FROM:<<a@example.org>>", "501 5.5.2"),
        ("TO:<a@example.org>", "501 5.5.2"),
        ("FROM:<a@b@example.org>", "553 5.1.7"),
        ("FROM:<a>", "553 5.1.7"),
        ("FROM:< a@example.org>", "553 5.1.7"),
        ("FROM:<" + "a" * 65 + "@example.org>", "553 5.1.7"),
        ("FROM:<é@example.org>", "553 5.6.7"),
        ("FROM:<a@example.org> SIZE", "501 5.5.4"),
        ("FROM:<a@example.org> SIZE=", "501 5.5.4"),
        ("FROM:<a@example.org> SIZE=-1", "501 5.5.4"),
        ("FROM:<a@example.org> SIZE=٣", "501 5.5.4"),
        ("FROM:<a@example.org> SIZE=" + "1" * 21, "501 5.5.4"),
        ("FROM:<a@example.org> SIZE=1 SIZE=2", "501 5.5.4"),
        ("FROM:<a@example.org> BODY=BINARY", "501 5.5.4"),
        ("FROM:<a@example.org> SMTPUTF8=yes", "501 5.5.4"),
        ("FROM:<a@example.org> AUTH=é", "501 5.5.4"),
        ("FROM:<a@example.org> =1", "501 5.5.4"),
        ("FROM:<a@example.org> RET=ALL", "501 5.5.4"),
        ("FROM:<a@example.org> RET", "501 5.5.4"),
        ("FROM:<a@example.org> ENVID=a+2", "501 5.5.4"),
        ("FROM:<a@example.org> REQUIRETLS=1", "501 5.5.4"),
        ("FROM:<a@example.org> ENVID=" + "a" * 101, "501 5.5.4"),
        ("FROM:<a@example.org> BY=0;R", "501 5.5.4"),
        ("FROM:<a@example.org> MT-PRIORITY=3", "555 5.5.4"),
    ],
)
def test_a_malformed_mail_is_refused_with_its_code(argument: str, status: str) -> None:
    assert refused(argument) == status


def test_parameters_are_read_without_case() -> None:
    mail = parse_mail("FROM:<é@example.org> size=1000  body=8bitmime smtputf8 AUTH=a+3Db@example.org")
    assert mail.parameters == MailParameters(1000, Body.EIGHT_BIT, True)
    assert parse_mail("FROM:<a@example.org> AUTH=<> BODY=7BIT").parameters == MailParameters()


def test_a_recipient_is_read() -> None:
    assert parse_rcpt("TO:<b@example.org>", False, "x.example").recipient == Address("b", "example.org")
    assert parse_rcpt("to: <Postmaster>", False, "x.example").recipient == Address("Postmaster", "x.example")
    assert parse_rcpt("TO:<élodie@example.org>", True, "x.example").recipient == Address(
        "élodie", "example.org"
    )


@pytest.mark.parametrize(
    ("argument", "status"),
    [
        ("TO:<>", "553 5.1.3"),
        ("TO:b@example.org", "501 5.5.2"),
        ("TO:<b@example.org> NOTIFY=NEVER,FAILURE", "501 5.5.4"),
        ("TO:<b@example.org> NOTIFY=SUCCESS,SUCCESS", "501 5.5.4"),
        ("TO:<b@example.org> NOTIFY", "501 5.5.4"),
        ("TO:<b@example.org> NOTIFY=ALWAYS", "501 5.5.4"),
        ("TO:<b@example.org> ORCPT=b@example.org", "501 5.5.4"),
        ("TO:<b@example.org> ORCPT=rfc822;b+2xample", "501 5.5.4"),
        ("TO:<b@example.org> RRVS=x", "555 5.5.4"),
        ("TO:<b@example.org> ;DROP", "501 5.5.4"),
        ("TO:<b@[127.0.0.1]>", "553 5.1.3"),
        ("TO:<é@example.org>", "553 5.6.7"),
    ],
)
def test_a_malformed_recipient_is_refused_with_its_code(argument: str, status: str) -> None:
    assert rcpt_refused(argument) == status


@pytest.mark.parametrize("name", ["localhost", "pc_de_claire", "[127.0.0.1]", "[IPv6:::1]", "é.example"])
def test_a_client_may_call_itself_what_its_machine_is_called(name: str) -> None:
    assert parse_host(name) == name


@pytest.mark.parametrize("name", ["", "two words", "x" * 256, "<script>", "[]"])
def test_a_client_must_call_itself_something(name: str) -> None:
    with pytest.raises(CommandSyntaxError):
        parse_host(name)


def code_of(argument: str) -> set[int]:
    """The codes with which each reader of arguments refuses this one."""
    codes = set()
    for parse in (parse_mail, parse_host, lambda said: parse_rcpt(said, True, "example.org")):
        try:
            parse(argument)
        except CommandSyntaxError as error:
            codes.add(error.reply.code)
    return codes


@given(st.text(max_size=200))
def test_whatever_is_said_gives_a_value_or_a_refusal(text: str) -> None:
    for argument in (text, f"FROM:<{text}>", f"TO:<{text}>", f"FROM:<a@example.org> {text}"):
        assert code_of(argument) <= {501, 553, 555}


def test_what_is_wished_of_a_delivery_is_read_with_its_case() -> None:
    # RFC 3461 §4
    rcpt = parse_rcpt(
        "TO:<b@example.org> notify=Success,FAILURE orcpt=rfc822;Bob+2Bx@Example.ORG", False, "x"
    )
    assert rcpt.wish == Wish(frozenset({Notify.SUCCESS, Notify.FAILURE}), "rfc822;Bob+x@Example.ORG")
    assert parse_rcpt("TO:<b@example.org>", False, "x").wish == Wish()
    mail = parse_mail("FROM:<a@example.org> RET=hdrs ENVID=QQ314159+0A").parameters
    assert (mail.returned, mail.identifier) == (Returned.HEADERS, "QQ314159")
