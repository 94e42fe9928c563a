"""A profile signed with the server's certificate is one that OpenSSL verifies."""

import subprocess
from pathlib import Path

import pytest
from tests.support.programs import program
from tests.support.smtp_door import pki

from vaguemestre.net.signing import signed
from vaguemestre.net.tls import CertificateError, TlsFiles


def test_what_is_signed_is_verified_and_comes_out_as_it_was(tmp_path: Path) -> None:
    content = b"<plist>\n  \xc3\xa9\n</plist>\n"
    (tmp_path / "signed").write_bytes(signed(TlsFiles(pki().certificate, pki().key), content))
    said = subprocess.run(
        [
            *(program("openssl"), "cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any"),
            *("-in", str(tmp_path / "signed"), "-CAfile", str(pki().authority)),
        ],
        capture_output=True,
        check=True,
    )
    assert said.stdout == content


def test_a_key_that_cannot_be_read_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(CertificateError):
        signed(TlsFiles(pki().certificate, tmp_path / "missing"), b"x")
