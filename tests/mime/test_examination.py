"""What is found inside attachments. domain.md §3."""

import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.archives import (
    MEGABYTE,
    PROGRAM,
    a_compound_file,
    a_document,
    a_streamed_zip,
    a_zip,
    directory_entry,
    overlapping_zip,
)

from vaguemestre.mail.examined import Finding, Flaw
from vaguemestre.mime.archive import BrokenArchiveError, entries_of, unpack
from vaguemestre.mime.compound import CompoundReader
from vaguemestre.mime.detect import detect_type
from vaguemestre.mime.examination import Bounds, Examined, examine, examine_ending

NORMAL = Bounds()


def examined(octets: bytes, bounds: Bounds = NORMAL) -> Examined:
    return examine(octets, detect_type(octets[:4096]), bounds)


def flaws(octets: bytes, bounds: Bounds = NORMAL) -> set[Flaw]:
    return {finding.flaw for finding in examined(octets, bounds).findings}


FILES = {"lettre.txt": b"Bonjour", "image.png": b"\x89PNG\r\n\x1a\n" + bytes(3000), "empty": b""}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_ordinary_archives_pass(method: int) -> None:
    assert examined(a_zip(FILES, method)) == Examined()
    assert examined(a_zip({})) == Examined()
    assert examined(a_streamed_zip(FILES)) == Examined()
    assert examined(a_zip({"folder/": b"", "folder/lettre.txt": b"x"})) == Examined()


def test_a_document_of_office_passes_alone_and_in_an_archive() -> None:
    assert examined(a_document()) == Examined()
    inside = a_document({"word/embeddings/sheet.xlsx": a_document()})
    assert examined(a_zip({"lettre.docx": inside})) == Examined()


def test_programs_are_found_by_their_octets_and_texts_that_run_by_their_names() -> None:
    assert examined(a_zip({"a/photo.jpg": PROGRAM})).findings == (Finding(Flaw.PROGRAM, "a/photo.jpg"),)
    assert flaws(a_zip({"facture.js": b"WScript.Echo(1)"})) == {Flaw.PROGRAM}
    assert flaws(a_document({"word/media/image1.png": PROGRAM})) == {Flaw.PROGRAM}
    assert flaws(a_zip({"lettre.docx": a_document({"word/media/image1.png": PROGRAM})})) == {Flaw.PROGRAM}
    assert flaws(a_zip({"x": b"PK\x03\x04" + PROGRAM})) == {Flaw.BROKEN}


@pytest.mark.parametrize(
    "inside",
    [a_zip(FILES), b"Rar!\x1a\x07\x01\0", b"\x1f\x8b\x08" + bytes(20), b"7z\xbc\xaf\x27\x1c" + bytes(20)],
)
def test_an_archive_in_an_archive_is_found(inside: bytes) -> None:
    assert flaws(a_zip({"x.dat": inside})) == {Flaw.NESTED}


def test_documents_are_opened_to_a_depth_and_no_further() -> None:
    octets = a_document()
    for _ in range(4):
        octets = a_document({"word/embeddings/more.docx": octets})
    assert flaws(octets) == {Flaw.NESTED}


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "xl/macrosheets/sheet1.xml", "Basic/Standard/Module1.xml"]
)
def test_macros_are_found_by_the_parts_that_hold_them(name: str) -> None:
    assert flaws(a_document({name: b"x"})) == {Flaw.MACRO}
    assert flaws(a_zip({"lettre.docm": a_document({name: b"x"})})) == {Flaw.MACRO}


def test_macros_under_another_name_are_found() -> None:
    assert flaws(a_document({"word/harmless.bin": a_compound_file("_VBA_PROJECT")})) == {Flaw.MACRO}
    types = b'<Types><Default ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    assert flaws(a_zip({"[Content_Types].xml": types})) == {Flaw.MACRO}


def test_an_open_document_under_a_password_is_found() -> None:
    manifest = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    document = a_zip(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest}
    )
    assert flaws(document) == {Flaw.ENCRYPTED}


def test_an_encrypted_file_is_found() -> None:
    octets = bytearray(a_zip(FILES))
    octets[octets.find(b"PK\x03\x04") + 6] |= 1
    octets[octets.find(b"PK\x01\x02") + 8] |= 1
    assert examined(bytes(octets)).findings == (Finding(Flaw.ENCRYPTED, "lettre.txt"),)


def test_bombs_are_told_by_size_ratio_and_number_and_never_unpacked() -> None:
    bomb = a_zip({"DOC0001.XML": bytes(20 * MEGABYTE)})
    (found,) = examined(bomb).findings
    assert found.flaw is Flaw.RATIO
    assert found.amount > 500
    assert found.limit == 100
    assert examined(bomb, Bounds(unpacked=MEGABYTE)).findings == (
        Finding(Flaw.SIZE, "", 20 * MEGABYTE, MEGABYTE),
    )
    many = a_zip({str(number): b"" for number in range(11)})
    assert examined(many, Bounds(entries=10)).findings == (Finding(Flaw.ENTRIES, "", 11, 10),)


def test_what_documents_inside_unpack_to_counts_together() -> None:
    inner = a_document({"word/media/image1.bmp": bytes(MEGABYTE) + bytes(range(256)) * 400})
    octets = a_zip({f"{number}.docx": inner for number in range(4)})
    assert flaws(octets, Bounds(unpacked=3 * MEGABYTE, ratio=10_000)) == {Flaw.SIZE}
    assert flaws(octets, Bounds(ratio=10_000)) == set()


def test_overlapping_files_are_broken() -> None:
    assert flaws(overlapping_zip(5, 1000)) == {Flaw.BROKEN}


def test_a_quine_is_an_archive_in_an_archive() -> None:
    octets = a_zip({"r/r.zip": a_zip({"r/r.zip": a_zip({})})})
    assert flaws(octets) == {Flaw.NESTED}


def _changed(octets: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    at = octets.find(mark) + offset
    return octets[:at] + value + octets[at + len(value) :]


WHOLE = a_zip({"lettre.txt": b"Bonjour Madame"})


@pytest.mark.parametrize(
    "octets",
    [
        b"prefix" + WHOLE,
        WHOLE + b"x",
        WHOLE[:-1],
        b"PK\x03\x04",
        b"PK\x06\x07" + b"PK\x05\x06" + bytes(18),
        _changed(WHOLE, b"PK\x01\x02", 16, b"\1\2\3\4"),  # the checksum, in the directory alone
        _changed(_changed(WHOLE, b"PK\x01\x02", 16, b"\1\2\3\4"), b"PK\x03\x04", 14, b"\1\2\3\4"),
        _changed(WHOLE, b"PK\x03\x04", 30, b"x"),  # the name, in the header alone
        _changed(WHOLE, b"PK\x01\x02", 24, b"\xff\xff\0\0"),  # the size, in the directory alone
        _changed(WHOLE, b"PK\x05\x06", 10, b"\2\0"),  # the number of files
        _changed(WHOLE, b"PK\x05\x06", 4, b"\1\0"),  # the number of this disk
        _changed(WHOLE, b"PK\x03\x04", 8, b"\0\0"),  # the way it is packed, in the header alone
    ],
)
def test_whatever_two_programs_would_read_differently_is_broken(octets: bytes) -> None:
    found = examine(octets, "application/zip", NORMAL).findings
    assert {finding.flaw for finding in found} == {Flaw.BROKEN}


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd", "C:\\x.txt", "a\\..\\b", "a/../../b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_broken(name: str) -> None:
    assert flaws(a_zip({name: b"x"})) == {Flaw.BROKEN}


def test_two_files_of_one_name_are_broken() -> None:
    assert flaws(a_zip({"lettre.txt": b"x", "LETTRE.TXT": b"y"})) == {Flaw.BROKEN}


def test_a_way_of_packing_that_is_not_known_is_closed() -> None:
    assert flaws(a_zip(FILES, zipfile.ZIP_LZMA)) == {Flaw.CLOSED}


@pytest.mark.parametrize("octets", [b"%PDF-1.7\n" + WHOLE, b"\xff\xd8\xff\xe0" + bytes(3000) + WHOLE])
def test_an_archive_behind_something_else_is_found(octets: bytes) -> None:
    assert flaws(octets) == {Flaw.BROKEN}
    assert examine_ending(octets[-1000:], is_whole=False).findings == (Finding(Flaw.BROKEN),)
    assert examine_ending(b"%PDF-1.7\n" + bytes(100), is_whole=True).findings == ()


def test_a_disc_image_is_closed() -> None:
    disc = Examined((Finding(Flaw.CLOSED),))
    assert examine_ending(b"%PDF-1.7\n".ljust(32_769) + b"CD001\1", is_whole=True) == disc
    assert flaws(bytes(32_769) + b"CD001\1" + bytes(3000)) == {Flaw.CLOSED}
    assert flaws(a_zip({"disc": bytes(32_769) + b"CD001\1" + bytes(3000)})) == {Flaw.NESTED}


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (a_compound_file("WordDocument", "1Table"), set()),
        (a_compound_file("WordDocument", "_VBA_PROJECT"), {Flaw.MACRO}),
        (a_compound_file("_VBA_PROJECT_CUR", kind=1), {Flaw.MACRO}),
        (a_compound_file("EncryptionInfo", "EncryptedPackage"), {Flaw.ENCRYPTED}),
        (a_compound_file("_VBA_PROJECT", kind=0), set()),  # an entry that is not in use
        (a_compound_file() + b"x" * 3 + "_VBA_PROJECT".encode("utf-16-le"), set()),  # said in a text
        (
            a_compound_file()[:512]
            + directory_entry("Root Entry", 5, bytes.fromhex("84100c0000000000c000000000000046")),
            {Flaw.PROGRAM},
        ),
        (
            a_compound_file("PowerPoint Document")
            + bytes.fromhex("0f00ff03140000000200000 40c000000 07000000 01000000 02000000".replace(" ", "")),
            {Flaw.MACRO},
        ),
        (a_compound_file("Workbook") + b"\x85\0\x0d\0\0\0\0\0\0\1\5\0Macro", {Flaw.MACRO}),
        (a_compound_file("Workbook") + b"\x85\0\x0d\0\0\0\0\0\0\0\5\0Sheet", set()),
    ],
)
def test_what_a_compound_file_holds(octets: bytes, expected: set[Flaw]) -> None:
    assert flaws(octets) == expected


@given(st.integers(0, 200_000), st.integers(1, 70_000))
@settings(max_examples=30)
def test_how_a_compound_file_is_cut_never_matters(before: int, cut: int) -> None:
    octets = a_compound_file() + bytes(before * 128 % 200_000 // 128 * 128) + directory_entry("_VBA_PROJECT")
    reader = CompoundReader()
    for at in range(0, len(octets), cut):
        reader.feed(octets[at : at + cut])
    reader.finish()
    assert reader.flaws == {Flaw.MACRO}


names = st.text("abcdefghé", min_size=1, max_size=8)


@given(st.dictionaries(names, st.binary(max_size=300), max_size=6), st.booleans())
def test_whatever_is_packed_is_unpacked(files: dict[str, bytes], streamed: bool) -> None:
    octets = a_streamed_zip(files) if streamed else a_zip(files)
    entries = entries_of(octets, 100)
    assert {entry.name: b"".join(unpack(octets, entry)) for entry in entries} == files


@given(st.data())
@settings(max_examples=300)
def test_whatever_is_changed_nothing_raises_and_nothing_is_read_two_ways(data: st.DataObject) -> None:
    octets = bytearray(a_zip({"a": b"Bonjour" * 20, "b": b""}))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    examine(bytes(octets), "application/zip", NORMAL)
    try:
        read = {entry.name: b"".join(unpack(bytes(octets), entry)) for entry in entries_of(bytes(octets), 9)}
    except BrokenArchiveError:
        return
    assert all(zlib.crc32(content) is not None for content in read.values())


@given(st.binary(max_size=400))
def test_any_octets_can_be_examined(octets: bytes) -> None:
    for detected in ("application/zip", "application/x-ole-storage", "application/octet-stream"):
        examine(octets, detected, NORMAL)


def a_zip_that_says_everything_twice() -> bytes:
    """As Info-ZIP writes what it reads from a pipe: the end for large archives, though nothing is large."""
    plain = a_zip(FILES)
    at = plain.rfind(b"PK\x05\x06")
    count, length, begin = struct.unpack_from("<HII", plain, at + 10)
    large = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, begin)
    return plain[:at] + large + struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1) + plain[at:]


def test_an_archive_with_both_ends_passes_when_they_agree() -> None:
    octets = a_zip_that_says_everything_twice()
    assert examined(octets) == Examined()
    assert flaws(b"%PDF-1.7\n" + octets) == {Flaw.BROKEN}
    assert flaws(_changed(octets, b"PK\x05\x06", 10, b"\2\0")) == {Flaw.BROKEN}
    assert flaws(_changed(octets, b"PK\x06\x06", 32, b"\2")) == {Flaw.BROKEN}
    assert flaws(_changed(octets, b"PK\x06\x07", 8, b"\0")) == {Flaw.BROKEN}
