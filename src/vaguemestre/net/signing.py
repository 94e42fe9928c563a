"""Signing with the certificate that clients are shown: what they keep of us, they know from whom it came.

CMS SignedData with the content inside (RFC 5652 §5.2), and the certificates up to the authority.
"""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from vaguemestre.net.tls import CertificateError, TlsFiles

_AS_IT_IS: Final = [PKCS7Options.Binary]


def signed(files: TlsFiles, content: bytes) -> bytes:
    """The content inside its signature, in DER. Read anew each time: certificates are renewed.

    Raises CertificateError.
    """
    try:
        certificate, *others = x509.load_pem_x509_certificates(files.certificate.read_bytes())
        key = load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(f"nothing can be signed with {files.certificate}: {error}") from error
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise CertificateError(f"{files.key} is of a kind that signs nothing here")
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256())
    for other in others:
        builder = builder.add_certificate(other)
    return builder.sign(Encoding.DER, _AS_IT_IS)
