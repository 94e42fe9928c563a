"""What the SMTP door says of itself, and how any reply is written on the wire.

RFC 5321 §4.2 gives the form, RFC 2034 §4 asks for an enhanced code on every line of every reply but the
greeting and the answers to HELO and EHLO, and RFC 3463 §3 names the codes. What the service decides comes
with its own replies.

On the wire a reply is ASCII, accents dropped, whatever the client said: RFC 6531 §3.7.4.2 forbids more even
under SMTPUTF8, but for addresses in 251 and 551 (RFC 6531 §3.7.4.1) and in what VRFY finds: never said here.
What somebody reads in his mail program is in French and in English; what a programmer mends is in English.
"""

import textwrap
from typing import Final

from vaguemestre.mail.reply import Reply
from vaguemestre.mail.sentence import ascii_of

MAX_REPLY_TEXT: Final = 490  # RFC 5321 §4.5.3.1.5: 512 octets a line, less "550-5.7.1 ", CRLF and some margin

OK: Final = Reply(250, 0, 0, "OK")
SENDER_OK: Final = Reply(250, 1, 0, "OK")
RECIPIENT_OK: Final = Reply(250, 1, 5, "OK")
BYE: Final = Reply(221, 0, 0, "Goodbye")
READY_FOR_TLS: Final = Reply(220, 0, 0, "Ready to start TLS")
SIGNED_IN: Final = Reply(235, 7, 0, "Signed in")
NOT_VERIFIED: Final = Reply(252, 1, 5, "Addresses are not verified, send the message to know")

SEND_DATA: Final = b"354 End data with <CR><LF>.<CR><LF>\r\n"  # 3yz carries no enhanced code (RFC 2034 §4)

# Their mistake, in the form. RFC 3463 §3.6: 5.5.1 order, 5.5.2 syntax, 5.5.4 arguments, 5.5.6 sign-in line.
LINE_TOO_LONG: Final = Reply(500, 5, 2, "This line is too long")
SIGN_IN_LINE_TOO_LONG: Final = Reply(500, 5, 6, "This line of the sign-in exchange is too long")
ENDLESS_LINE: Final = Reply(421, 5, 2, "This line has no end, closing the connection")
BARE_LINE_END: Final = Reply(500, 5, 2, "A line ends with CR LF, never with one of them alone")
NUL_IN_COMMAND: Final = Reply(500, 5, 2, "A command holds no NUL")
NOT_A_COMMAND: Final = Reply(500, 5, 2, "This is not a command")
NOT_UTF8: Final = Reply(500, 5, 2, "This command is neither ASCII nor UTF-8")
NOT_RECOGNISED: Final = Reply(500, 5, 1, "Command not recognised")
NOT_OFFERED: Final = Reply(502, 5, 1, "Command not offered here")
NO_ARGUMENT_EXPECTED: Final = Reply(501, 5, 4, "This command takes no argument")
ARGUMENT_EXPECTED: Final = Reply(501, 5, 4, "This command takes an argument")
MECHANISM_EXPECTED: Final = Reply(501, 5, 4, "The form is AUTH and the name of a mechanism")
NO_SUCH_HELP: Final = Reply(504, 5, 4, "There is no help on that")
CHUNK_EXPECTED: Final = Reply(501, 5, 4, "The form is BDAT octets, and LAST; closing the connection")
HOST_NAME_EXPECTED: Final = Reply(501, 5, 4, "A host name or an address literal is expected")
BAD_BASE64: Final = Reply(501, 5, 2, "This is not base64")
BAD_CREDENTIALS_FORM: Final = Reply(501, 5, 2, "These credentials do not have the form of the mechanism")
SIGN_IN_CANCELLED: Final = Reply(501, 7, 0, "Sign-in cancelled")
UNKNOWN_MECHANISM: Final = Reply(504, 5, 4, "This sign-in mechanism is not offered")

# Their mistake, in the order.
BAD_SEQUENCE: Final = Reply(503, 5, 1, "Not at this point of the session")
GREET_FIRST: Final = Reply(503, 5, 1, "Send EHLO first")
ALREADY_SIGNED_IN: Final = Reply(503, 5, 1, "Already signed in")
ALREADY_SECURE: Final = Reply(503, 5, 1, "TLS is already in use")
MAIL_FIRST: Final = Reply(503, 5, 1, "Send MAIL first")
NESTED_MAIL: Final = Reply(503, 5, 1, "A message is already begun, send RSET to give it up")
CHUNKS_BEGUN: Final = Reply(503, 5, 1, "This message comes in chunks, send BDAT or give it up with RSET")
BINARY_BY_CHUNKS: Final = Reply(503, 5, 1, "A message that is BODY=BINARYMIME comes by BDAT, never by DATA")
MESSAGE_FAILED: Final = Reply(503, 5, 1, "This message was refused, send RSET before another")
NO_RECIPIENT: Final = Reply(503, 5, 1, "No recipient was accepted")

# Security. RFC 3207 §4, RFC 4954 §6.
SIGN_IN_REQUIRED: Final = Reply(530, 7, 0, "Sign in first", "Connectez-vous d'abord")
TLS_REQUIRED: Final = Reply(530, 7, 0, "Send STARTTLS first", "Chiffrez d'abord la connexion (STARTTLS)")
TLS_REQUIRED_TO_SIGN_IN: Final = Reply(
    538, 7, 11, "TLS is required to sign in", "La connexion doit être chiffrée (TLS) pour s'identifier"
)
TLS_NOT_AVAILABLE: Final = Reply(
    454, 7, 0, "TLS is not available for now", "Le chiffrement (TLS) n'est pas disponible pour l'instant"
)
SIGN_IN_REFUSED: Final = Reply(
    535, 7, 8, "User name or password refused", "Nom d'utilisateur ou mot de passe refusé"
)
SIGN_IN_UNAVAILABLE: Final = Reply(
    454,
    7,
    0,
    "Sign-in is not possible for now, try again later",
    "Il n'est pas possible de s'identifier pour l'instant, réessayez plus tard",
)

# What is wrong with another operator's certificate. What he mends within days, or we, is 4yz: his mail waits.
CERTIFICATE_MISSING: Final = Reply(
    530,
    7,
    0,
    "Show the certificate of your operator when TLS begins",
    "Présentez le certificat de votre opérateur à l'ouverture de TLS",
    "MSS-TLS-1",
)
AUTHORITY_UNKNOWN: Final = Reply(
    550,
    7,
    1,
    "Your certificate is of no authority accepted between operators: show one of the health infrastructure",
    "Votre certificat ne vient d'aucune autorité admise entre opérateurs : présentez celui de l'IGC de santé",
    "MSS-TLS-2",
)
CERTIFICATE_NOT_YET_VALID: Final = Reply(
    454,
    7,
    5,
    "Your certificate is not valid yet: show the one in force, and set your clock right",
    "Votre certificat n'est pas encore valable : présentez celui en vigueur, mettez votre horloge à l'heure",
    "MSS-TLS-3",
)
CERTIFICATE_EXPIRED: Final = Reply(
    454,
    7,
    5,
    "Your certificate, or that of its authority, has expired: renew it",
    "Votre certificat, ou celui de son autorité, a expiré : renouvelez-le",
    "MSS-TLS-4",
)
CERTIFICATE_REVOKED: Final = Reply(
    550,
    7,
    1,
    "Your certificate has been revoked: show a new one",
    "Votre certificat est révoqué : présentez-en un nouveau",
    "MSS-TLS-5",
)
CERTIFICATE_UNVERIFIED: Final = Reply(
    451,
    7,
    5,
    "We cannot tell for now whether your certificate is revoked: try again later",
    "Nous ne pouvons pas savoir pour l'instant si votre certificat est révoqué : réessayez plus tard",
    "MSS-TLS-6",
)
CERTIFICATE_UNREADABLE: Final = Reply(
    550,
    7,
    1,
    "Your certificate cannot be read, or names nobody: show that of your operator",
    "Votre certificat est illisible ou ne désigne personne : présentez celui de votre opérateur",
    "MSS-TLS-7",
)
OPERATOR_NOT_LISTED: Final = Reply(
    550,
    7,
    1,
    "No domain of the trust list has your certificate: have its name listed",
    "Aucun domaine de la liste de confiance ne porte votre certificat : faites-y inscrire son nom",
    "MSS-TLS-8",
)
TRUST_NOT_CURRENT: Final = Reply(
    451,
    7,
    1,
    "Our copy of the trust list is too old to act on: try again later",
    "Notre copie de la liste de confiance est trop ancienne pour être suivie : réessayez plus tard",
    "MSS-TLS-9",
)
# Of a certificate that TLS itself has turned away, said to the next who comes from that address.
AUTHORITY_WAS_UNKNOWN: Final = Reply(
    454,
    7,
    5,
    "The certificate last shown from your address is of no authority accepted between operators: show one of"
    " the health infrastructure",
    "Le dernier certificat présenté depuis votre adresse ne vient d'aucune autorité admise entre opérateurs :"
    " présentez celui de l'IGC de santé",
    "MSS-TLS-10",
)
CERTIFICATE_WAS_NO_CLIENTS: Final = Reply(
    454,
    7,
    5,
    "The certificate last shown from your address is not made for TLS clients: show one that is",
    "Le dernier certificat présenté depuis votre adresse n'est pas fait pour un client TLS : présentez-en un"
    " qui le soit",
    "MSS-TLS-11",
)
CERTIFICATE_WAS_UNSOUND: Final = Reply(
    454,
    7,
    5,
    "The certificate last shown from your address is not sound (signature, digest, length of key): have"
    " another made",
    "Le dernier certificat présenté depuis votre adresse n'est pas sûr (signature, empreinte, longueur de la"
    " clé) : faites-en établir un autre",
    "MSS-TLS-12",
)
OPERATOR_CONNECTIONS: Final = Reply(
    421,
    3,
    2,
    "Your operator has too many connections, send over those that are open",
    "Votre opérateur a trop de connexions à la fois, servez-vous de celles qui sont ouvertes",
)

# Limits.
CHUNK_TOO_LARGE: Final = Reply(552, 3, 4, "No chunk of this size is read here, closing the connection")
MESSAGE_TOO_LARGE: Final = Reply(
    552,
    3,
    4,
    "This message is larger than the size accepted here",
    "Ce message dépasse la taille acceptée ici",
    "MSS-LIM-1",
)
TOO_MANY_RECIPIENTS: Final = Reply(
    452,
    5,
    3,
    "Too many recipients, send them another message",
    "Trop de destinataires, envoyez-leur un autre message",
    "MSS-LIM-2",
)
TOO_MANY_ERRORS: Final = Reply(
    421, 7, 0, "Too many errors, closing the connection", "Trop d'erreurs, au revoir"
)
TOO_MANY_SIGN_INS: Final = Reply(
    421,
    7,
    0,
    "Too many failed sign-ins, closing the connection",
    "Trop de connexions refusées, au revoir",
)
TOO_MANY_COMMANDS: Final = Reply(421, 7, 0, "Too many commands without a message, closing the connection")
TOO_MANY_CONNECTIONS: Final = Reply(
    421, 3, 2, "Too many connections, try again later", "Trop de connexions à la fois, réessayez plus tard"
)
ACCESS_ENDED: Final = Reply(
    421,
    7,
    0,
    "Your access to this mailbox has ended, closing the connection",
    "Votre accès à cette boîte aux lettres a pris fin, au revoir",
)
PASSWORD_WITHDRAWN: Final = Reply(
    421,
    7,
    0,
    "The password of this session is not good any more, closing the connection",
    "Le mot de passe de cette session n'est plus bon, au revoir",
)
NOT_ACTIVE: Final = Reply(
    421,
    7,
    0,
    "This account is not active any more, closing the connection",
    "Ce compte n'est plus actif, au revoir",
)
ACCOUNT_CONNECTIONS: Final = Reply(
    421,
    7,
    0,
    "This account has too many connections, try again in a minute",
    "Ce compte a trop de connexions à la fois, réessayez dans une minute",
)
NOT_SMTP: Final = Reply(421, 7, 0, "This is a mail server, closing the connection")
IDLE_TOO_LONG: Final = Reply(421, 4, 2, "Nothing was heard for too long, closing the connection")
SHUTTING_DOWN: Final = Reply(
    421,
    3,
    2,
    "The service is stopping, try again in a moment",
    "Le service s'arrête, réessayez dans un instant",
)

# Our misfortune. RFC 3463 §3.4: 4.3.0 other system trouble, 4.3.1 full.
UNFORESEEN: Final = Reply(
    451,
    3,
    0,
    "Something went wrong here, try again later",
    "Un incident est survenu ici, réessayez plus tard",
)
STORE_BUSY: Final = Reply(
    451,
    3,
    0,
    "The mail store is busy, try again later",
    "La messagerie est occupée, réessayez plus tard",
)
STORE_SLOW: Final = Reply(
    451,
    3,
    2,
    "Too many messages are being filed, try again in a minute",
    "Trop de messages arrivent à la fois, réessayez dans une minute",
)
STORE_FULL: Final = Reply(
    452,
    3,
    1,
    "There is no room left here, try again later",
    "Il n'y a plus de place ici, réessayez plus tard",
)


def chunk_received(octets: int) -> Reply:
    """The reply to a chunk that is not the last. RFC 3030 §2: 250, for each."""
    return Reply(250, 0, 0, f"{octets} octets received")


def help_text(text: str) -> Reply:
    """The reply to HELP. RFC 5321 §4.2.3: 214."""
    return Reply(214, 0, 0, text)


def encode_reply(reply: Reply) -> bytes:
    """The octets of a reply, a line for each sentence, long ones wrapped; CRLF included."""
    text = reply.text
    is_plain = not (reply.french or reply.identifier or len(text) > MAX_REPLY_TEXT)
    if is_plain and text.isascii() and text.isprintable():  # most of them: LF is not printable
        return f"{reply.code} {reply.status} {text}\r\n".encode()
    lines = [line for sentence in reply.sentences for line in _wire_lines(sentence)]
    return encode_lines(f"{reply.code}", f"{reply.status} ", lines)


def encode_lines(code: str, prefix: str, lines: list[str]) -> bytes:
    """Lines of one reply: ``code-`` before all but the last, ``code`` and a space there. RFC 5321 §4.2.1."""
    last = len(lines) - 1
    return b"".join(
        f"{code}{' ' if number == last else '-'}{prefix}{line}\r\n".encode()
        for number, line in enumerate(lines)
    )


def _wire_lines(text: str) -> list[str]:
    """Printable lines that fit; a control character would let a text write a reply of its own."""
    lines: list[str] = []
    for line in text.split("\n"):
        printable = "".join(c if c.isprintable() else " " for c in line)
        lines += textwrap.wrap(ascii_of(printable), MAX_REPLY_TEXT) or [""]
    return lines
