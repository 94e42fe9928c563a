"""On what the grammar allows, the tree is the one that the standard library finds. RFC 2046 §5.1.1."""

import email
from dataclasses import dataclass
from email.message import Message

from hypothesis import given, settings
from hypothesis import strategies as st

from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.scan import Scanner

TEXTS = st.lists(st.sampled_from(["text", "--x", "-- ", "", "--b", "caf=C3=A9"]), max_size=5)
LEAVES = st.tuples(
    st.sampled_from(
        [
            "",
            "Content-Type: text/plain\r\n",
            "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n",
        ]
    ),
    TEXTS,
).map(lambda leaf: leaf[0] + "\r\n" + "\r\n".join(leaf[1]) + "\r\n")


@dataclass(frozen=True)
class Multipart:
    subtype: str
    parts: list["Multipart | str"]
    preamble: str
    padding: str
    end: str

    def printed(self, depth: int) -> str:
        """Each boundary begins with those around it."""
        boundary = "b" * (depth + 2)
        lines = [f'Content-Type: multipart/{self.subtype}; boundary="{boundary}"', "", self.preamble]
        for part in self.parts:
            inside = part if isinstance(part, str) else part.printed(depth + 1)
            lines += [f"--{boundary}{self.padding}", inside]
        return "\r\n".join(lines) + "\r\n" + self.end.replace("--end--", f"--{boundary}--")


TREES: st.SearchStrategy[Multipart | str] = st.recursive(
    LEAVES,
    lambda inside: st.builds(
        Multipart,
        st.sampled_from(["mixed", "alternative", "digest"]),
        st.lists(inside, min_size=1, max_size=3),
        st.sampled_from(["preamble", ""]),
        st.sampled_from(["", " ", "\t "]),
        st.sampled_from(["--end--\r\n", "--end--", "--end-- \r\nepilogue\r\n", ""]),
    ),
    max_leaves=8,
)
# RFC 2046 §5.2.1: any of them may travel as a message inside another.
MESSAGES = st.tuples(
    TREES, st.sampled_from(["", "Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n"])
).map(lambda drawn: drawn[1] + (drawn[0] if isinstance(drawn[0], str) else drawn[0].printed(0)))


def _theirs(message: Message) -> object:
    payload = message.get_payload()
    if isinstance(payload, list):
        return [message.get_content_type(), [_theirs(part) for part in payload if isinstance(part, Message)]]
    return [message.get_content_type(), str(payload).rstrip("\r\n")]


def _ours(entity: Entity, octets: bytes) -> object:
    if entity.kind in {Kind.MULTIPART, Kind.MESSAGE}:
        return [entity.content.media_type, [_ours(child, octets) for child in entity.children]]
    body = octets[entity.body_start : entity.body_end].decode()
    return [entity.content.media_type, body.rstrip("\r\n")]


@settings(max_examples=200)
@given(MESSAGES)
def test_the_tree_is_the_one_that_the_standard_library_finds(message: str) -> None:
    octets = b"Subject: outside\r\n" + message.encode()
    scanner = Scanner()
    scanner.feed(octets)
    scanner.finish()
    assert _ours(scanner.root, octets) == _theirs(email.message_from_bytes(octets))
