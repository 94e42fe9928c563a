"""Notifications are read in the form of RFC 8098 and in the malformed one that is in circulation.

domain.md §4. The samples here are our own, of fictitious people.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.disposition import Disposition, Notification
from vaguemestre.mime.reader import MessageReader

AUTOMATIC = "automatic-action/MDN-sent-automatically"
LETTER = "<lettre-7@cabinet.example>"
DISPLAYED = "manual-action/MDN-sent-manually; displayed"
REPORT = "multipart/report; report-type=disposition-notification; boundary=B"


def read(octets: bytes, step: int = 65_536) -> Notification | None:
    reader = MessageReader(gather=min(step, 65_536))
    for start in range(0, len(octets), step):
        reader.feed(octets[start : start + step])
    return reader.finish().facts.notification


def a_notification(
    disposition: str = DISPLAYED,
    *,
    original: str = LETTER,
    subject: str = "Lu",
    report: str = REPORT,
    part: str = "message/disposition-notification",
) -> bytes:
    return (
        f"From: a@b.example\r\nSubject: {subject}\r\nContent-Type: {report}\r\n\r\n"
        "--B\r\nContent-Type: text/plain\r\n\r\nLu.\r\n"
        f"--B\r\nContent-Type: {part}\r\n\r\n"
        "Final-Recipient: rfc822; a@b.example\r\n"
        f"Original-Message-ID: {original}\r\nDisposition: {disposition}\r\n\r\n--B--\r\n"
    ).encode()


MALFORMED = (
    "From: service_auto@hopital.example\nMessage-Id: <42.7>\n"
    "Subject: [KO Intégration système !][904] XDM/1.0/DDM+COMPTE RENDU EXEMPLE Jeanne 01/01/1970\n"
    "To: cabinet@hopital.example\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=disposition-notification; boundary="R.1"\n'
    "--R.1\nRien n’a été rangé.\n"
    "--R.1\nContent-Type: message/disposition-notification\n"
    "Final-Recipient: rfc822; service_auto@hopital.example \n"
    "Original-Message-ID: <lettre-7@cabinet.example >\n"
    "Disposition:automatic-action/MDN-sent-automatically; processed/Error: 904^INS^x| E^Error^y\n"
    "--R.1\nContent-Type: message/rfc822\nIci le courriel.\n"
    '--R.1—\nContent-Type: application/zip ; name="IHE_XDM.zip"\n\nIci l\'archive.\n--R.1--\n'
).encode()


@pytest.mark.parametrize("step", [1, 7, 65_536])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_malformed_form_is_understood_however_it_is_cut(step: int, line_end: bytes) -> None:
    octets = MALFORMED.replace(b"\n", line_end)
    assert read(octets, step) == Notification(LETTER, Disposition.REJECTED, "904")


def test_a_part_without_an_empty_line_is_understood_too() -> None:
    octets = a_notification("processed/error").replace(b"\r\n\r\nFinal", b"\r\nFinal")
    assert read(octets) == Notification(LETTER, Disposition.REJECTED)


@pytest.mark.parametrize(
    ("disposition", "subject", "expected"),
    [
        (DISPLAYED, "Lu", (Disposition.DISPLAYED, "")),
        ("Automatic-Action/MDN-Sent-Automatically;DISPLAYED", "Lu", (Disposition.DISPLAYED, "")),
        ("displayed", "Lu", (Disposition.DISPLAYED, "")),
        (f"{AUTOMATIC}; processed/error", "x", (Disposition.REJECTED, "")),
        (f"{AUTOMATIC}; processed/Error: 902^x", "x", (Disposition.REJECTED, "902")),
        (f"{AUTOMATIC}; failed", "x", (Disposition.REJECTED, "")),
        (
            f"{AUTOMATIC}; processed/error",
            "=?utf-8?q?=5BKO_Int=C3=A9gration_syst=C3=A8me_!=5D=5B906=5D_XDM?=",
            (Disposition.REJECTED, "906"),
        ),
        (f"{AUTOMATIC}; processed/error: 9045", "x", (Disposition.REJECTED, "")),
    ],
)
def test_what_is_said_is_understood(
    disposition: str, subject: str, expected: tuple[Disposition, str]
) -> None:
    assert read(a_notification(disposition, subject=subject)) == Notification(LETTER, *expected)


@pytest.mark.parametrize("disposition", [f"{AUTOMATIC}; processed", "x; deleted", ""])
def test_what_moves_nothing_is_nothing(disposition: str) -> None:
    assert read(a_notification(disposition)) is None


def test_an_encoded_part_and_one_in_utf8_are_read() -> None:
    part = "message/global-disposition-notification\r\nContent-Transfer-Encoding: quoted-printable"
    octets = a_notification(part=part, original="<lettre=2D7@cabinet.example>")
    assert read(octets) == Notification(LETTER, Disposition.DISPLAYED)


@pytest.mark.parametrize("original", ["", "<>", "two words", "<a b>"])
def test_without_an_identifier_it_speaks_of_nothing(original: str) -> None:
    assert read(a_notification(original=original)) is None


def test_other_messages_are_none_and_one_passed_on_tells_nothing_again() -> None:
    assert read(b"Subject: [KO x][904]\r\n\r\nOriginal-Message-ID: <1@x>\r\n") is None
    assert read(a_notification(report="multipart/mixed; boundary=B")) is None
    passed_on = b"Content-Type: multipart/report; boundary=C\r\n\r\n--C\r\n"
    passed_on += b"Content-Type: message/rfc822\r\n\r\n"
    assert read(passed_on + a_notification() + b"\r\n--C--\r\n") is None


PIECES = [
    b"--B\r\n",
    b"--B--\r\n",
    b"\r\n\r\n",
    b"Content-Type: message/disposition-notification\r\n",
    b"Original-Message-ID: <1@x>\r\n",
    b"Disposition: x; displayed\r\n",
    b"Disposition:; processed/Error: 902^\r\n",
    b"Subject: [KO Int\xc3\xa9gration][90",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=30), max_size=20), st.integers(1, 40))
def test_arbitrary_octets_raise_nothing_and_cuts_do_not_matter(pieces: list[bytes], step: int) -> None:
    octets = f"Content-Type: {REPORT}\r\n".encode() + b"".join(pieces)
    found = read(octets)
    assert read(octets, step) == found
    assert found is None or (found.original.startswith("<") and found.code in {"", "902"} | CODES)


CODES = {f"90{digit}" for digit in range(7)}
