"""What counts as an attachment, and what it is by its octets. domain.md §3."""

import base64
import quopri

import pytest

from vaguemestre.mail.media_types import UNEXAMINED
from vaguemestre.mail.message import Attachment
from vaguemestre.mime.detect import detect_type
from vaguemestre.mime.reader import MessageReader


def attachments(octets: bytes) -> tuple[Attachment, ...]:
    reader = MessageReader()
    reader.feed(octets)
    return reader.finish().facts.attachments


def leaf(fields: bytes, body: bytes) -> bytes:
    return b"MIME-Version: 1.0\r\n" + fields + b"\r\n\r\n" + body


PROGRAM = b"MZ\x90\0\x03\0\0\0" + bytes(200)


@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "application/pdf"),
        (b"\0\1garbage before %PDF-1.4", "application/pdf"),
        (b"MZ then %PDF-1.4", "application/x-msdownload"),
        (PROGRAM, "application/x-msdownload"),
        (b"\x7fELF\2\1\1", "application/x-elf"),
        (b"\xcf\xfa\xed\xfe\x07\0\0\1", "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\0\2", "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\0\x41", "application/java-vm"),
        (b"#!/bin/sh\necho", "application/x-script"),
        (b"\xef\xbb\xbf@echo off\r\n", "application/x-script"),
        ("@echo off".encode("utf-16"), "application/x-script"),
        (b"L\0\0\0\x01\x14\x02\0\0\0", "application/x-ms-shortcut"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"II*\0\x08", "image/tiff"),
        (b"MM\0*\0", "image/tiff"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
        (b"{\\rtf1\\ansi", "application/rtf"),
        (b"PK\x03\x04\x14\0", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"7z\xbc\xaf\x27\x1c\0", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01", "application/vnd.rar"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b" <svg xmlns='x' onload='y'>", "image/svg+xml"),
        (b'<?xml version="1.0"?><ClinicalDocument/>', "application/xml"),
        ("Compte rendu, été\r\n\f".encode(), "text/plain"),
        ("Compte rendu, été".encode("latin-1"), "text/plain"),
        (b"\x01\x02\x03", "application/octet-stream"),
    ],
)
def test_a_type_is_judged_by_the_octets(octets: bytes, media_type: str) -> None:
    assert detect_type(octets) == media_type


@pytest.mark.parametrize("transfer", [b"base64", b"quoted-printable", b"binary", b"BASE64 (sic)"])
def test_a_program_renamed_pdf_is_a_program_however_it_is_encoded(transfer: bytes) -> None:
    body = PROGRAM
    if transfer.lower().startswith(b"base64"):
        body = base64.encodebytes(PROGRAM).replace(b"\n", b"\r\n")
    elif transfer == b"quoted-printable":
        body = quopri.encodestring(PROGRAM).replace(b"\n", b"\r\n")
    fields = b"Content-Type: application/pdf; name=resultat.pdf\r\nContent-Transfer-Encoding: " + transfer
    (found,) = attachments(leaf(fields, body))
    assert found == Attachment("resultat.pdf", "application/pdf", "application/x-msdownload", len(PROGRAM))


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        (b"Content-Type: text/plain", False),
        (b"Content-Type: TEXT/HTML; charset=utf-8", False),
        (b"Content-Type: text/plain; name=a.txt", True),
        (b"Content-Type: text/plain; name*0=a; name*1=.txt", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: inline; filename=a.txt", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: ATTACHMENT", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: inline", False),
        (b"Content-Type: text/csv", True),
        (b"Content-Type: image/png", True),
        (b"Content-Type: nonsense; name=a.exe", True),
        (b"X-Other: none", False),
    ],
)
def test_every_leaf_counts_but_the_text_that_is_the_message(fields: bytes, counts: bool) -> None:
    assert len(attachments(leaf(fields, b"text"))) == counts


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Type: multipart/mixed",
        b'Content-Type: multipart/mixed; boundary=""',
        b"Content-Type: multipart/mixed; boundary=" + b"x" * 1_200,
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64",
        b"Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b",
        b"X-Long: " + b"x" * 300_000,
    ],
)
def test_what_cannot_be_looked_into_is_said_to_be_unexamined(fields: bytes) -> None:
    (found,) = attachments(leaf(fields, b"--b\r\n\r\ntext\r\n--b--\r\n"))
    assert found.detected_type == UNEXAMINED


def test_attachments_of_a_message_inside_count_too() -> None:
    inner = leaf(b"Content-Type: image/png; name=a.png", b"\x89PNG\r\n\x1a\n")
    (found,) = attachments(leaf(b"Content-Type: message/rfc822", inner))
    assert (found.name, found.detected_type) == ("a.png", "image/png")


def test_base64_in_slices_each_padded_is_decoded_whole() -> None:
    body = b"TVo=\r\nkAAD\r\n"
    (found,) = attachments(leaf(b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64", body))
    assert found.detected_type == "application/x-msdownload"


@pytest.mark.parametrize(
    ("encoding", "padding"),
    [(b"base64", b"\r\n" * 10_000), (b"base64", b"!" * 20_000), (b"quoted-printable", b"=\r\n" * 10_000)],
)
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_program_behind_octets_that_mean_nothing_is_still_a_program(
    encoding: bytes, padding: bytes, pieces: int
) -> None:
    body = base64.b64encode(PROGRAM) if encoding == b"base64" else quopri.encodestring(PROGRAM)
    fields = b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: ' + encoding
    octets = leaf(fields, padding + body)
    reader = MessageReader(gather=1)
    step = len(octets) // pieces + 1
    for at in range(0, len(octets), step):
        reader.feed(octets[at : at + step])
    (found,) = reader.finish().facts.attachments
    assert found.detected_type == "application/x-msdownload"


@pytest.mark.parametrize(
    "fields",
    [
        b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: x-uuencode',
        b'Content-Type: message/partial; id="x"; number=1; total=2',
        b'Content-Type: message/external-body; access-type=URL; URL="http://x"',
    ],
)
def test_what_only_the_client_could_put_together_is_unexamined(fields: bytes) -> None:
    (found,) = attachments(leaf(fields, b"begin 644 a.exe\r\n"))
    assert found.detected_type == UNEXAMINED
