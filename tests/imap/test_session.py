"""State × command: RFC 9051 §3."""

from functools import partial

import pytest

from vaguemestre.imap import capabilities
from vaguemestre.imap.commands.table import PARSERS
from vaguemestre.imap.session import COMMANDS, WITHOUT_EXPUNGE, Session, State

FRESH = Session()
SIGNED_IN = FRESH.signed_in()
SELECTED = SIGNED_IN.selected(read_only=True)
GONE = SELECTED.logged_out()


@pytest.mark.parametrize(
    ("name", "fresh", "signed_in", "selected"),
    [
        ("NOOP", True, True, True),
        ("LOGIN", True, False, False),
        ("STARTTLS", True, False, False),
        ("SELECT", False, True, True),
        ("IDLE", False, True, True),
        ("UID FETCH", False, False, True),
        ("CLOSE", False, False, True),
        ("XYZZY", False, False, False),
    ],
)
def test_the_state_decides(name: str, fresh: bool, signed_in: bool, selected: bool) -> None:
    assert (FRESH.allows(name), SIGNED_IN.allows(name), SELECTED.allows(name)) == (fresh, signed_in, selected)
    assert not GONE.allows(name)


def test_every_command_that_is_read_has_its_state() -> None:
    assert frozenset().union(*COMMANDS.values()) == PARSERS.keys()
    assert PARSERS.keys() >= WITHOUT_EXPUNGE


def test_leaving_a_mailbox_forgets_that_it_was_read_only() -> None:
    assert SELECTED.read_only
    assert SELECTED.unselected() == SIGNED_IN


def test_what_is_enabled_stays_enabled() -> None:
    session = SIGNED_IN.enabling("UTF8=ACCEPT").selected(read_only=False)
    assert session.utf8
    assert not session.rev2
    assert session.enabling("IMAP4REV2").rev2


def test_what_is_announced_depends_on_the_state() -> None:
    announced = partial(capabilities.announced, mechanisms=["PLAIN"], append_limit=1000)
    plain = announced(State.NOT_AUTHENTICATED, may_sign_in=False, may_start_tls=True)
    assert "LOGINDISABLED" in plain
    assert "STARTTLS" in plain
    assert "AUTH=PLAIN" not in plain
    over_tls = announced(State.NOT_AUTHENTICATED, may_sign_in=True, may_start_tls=False)
    assert "AUTH=PLAIN" in over_tls
    assert "LOGINDISABLED" not in over_tls
    signed_in = announced(State.AUTHENTICATED, may_sign_in=True, may_start_tls=False)
    assert {"IMAP4rev1", "UIDPLUS", "MOVE", "SPECIAL-USE", "QUOTA", "APPENDLIMIT=1000"} <= set(signed_in)
