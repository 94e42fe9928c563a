"""BY beside MAIL, and what EHLO says of it. RFC 2852."""

import pytest

from vaguemestre.mail.deliver_by import By, Lateness
from vaguemestre.smtp.by import parse_by, soonest_of

RETURN, NOTIFY = Lateness.RETURN, Lateness.NOTIFY


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("120;R", By(120, RETURN)),
        ("120;rt", By(120, RETURN, is_traced=True)),
        ("+120;N", By(120, NOTIFY)),
        ("0;N", By(0, NOTIFY)),
        ("-86400;NT", By(-86_400, NOTIFY, is_traced=True)),
        ("999999999;R", By(999_999_999, RETURN)),
        *((value, None) for value in ("0;R", "-1;R", "120", "120;", "120;T", "120;X", "120;RN", "120;TR")),
        *((value, None) for value in ("", ";R", "1.5;R", "1000000000;R", "+-1;N", " 1;N", "١٢;N")),
    ],
)
def test_a_time_is_read_as_it_is_written(value: str, found: By | None) -> None:
    assert parse_by(value) == found
    if found is not None:
        assert parse_by(str(found)) == found


@pytest.mark.parametrize(
    ("said", "seconds"), [("", 0), ("240", 240), ("240,X=1", 240), (",X", 0), ("x", 0), ("9" * 12, 0)]
)
def test_what_a_server_promises_at_the_soonest(said: str, seconds: int) -> None:
    assert soonest_of(said) == seconds
