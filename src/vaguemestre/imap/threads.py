"""Threads: which messages answer which. RFC 5256 §3, ORDEREDSUBJECT and REFERENCES.

Both are written as generators that stop after each slice of work, so that a large mailbox is threaded while
others have their turn. Nothing is recursive and no chain is walked twice: how deep answers go is a stranger's
choice, so a hundred thousand in one line cost what they cost side by side.

Messages are nodes by their place in the order of their dates, so that integers are compared; messages that
others answer and nobody has are nodes above those, called dummies by RFC 5256.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.imap.slices import in_order

AT_ONCE: Final = 20  # messages between two stops: each may name a hundred others
MAX_ABSENT: Final = 100_000  # messages that nobody has are remembered so many; they only hold others together
_NONE: Final = -1

Work: TypeAlias = Generator[None, None, None]


class Message(NamedTuple):
    """What threads are made from; a tuple, made thousands at a time.

    ``number`` is what the client is told, ``sent`` seconds since 1970.

    ``identifier`` and ``references`` (the furthest first) are numbers standing for Message-IDs: equal for
    equal ones, 0 for none. ``subject`` is the base subject as it is compared.
    """

    number: int
    sent: float
    subject: str
    is_reply: bool = False
    identifier: int = 0
    references: Sequence[int] = ()


@dataclass(slots=True)
class Forest:
    """Nodes below ``len(messages)`` are those messages, the others dummies. Leaves have no ``children``."""

    messages: Sequence[Message]
    roots: list[int] = field(default_factory=list)
    children: dict[int, list[int]] = field(default_factory=dict)


def by_subject(messages: Sequence[Message]) -> Generator[None, None, Forest]:
    """ORDEREDSUBJECT: those of one base subject are one thread, all of them answers to the first."""
    forest = Forest((yield from in_order(messages, _sent)))
    first: dict[str, int] = {}
    for node, message in enumerate(forest.messages):
        root = first.setdefault(message.subject, node)
        if root == node:
            forest.roots.append(node)
        else:
            forest.children.setdefault(root, []).append(node)
        if node % AT_ONCE == 0:
            yield
    return forest


def by_references(messages: Sequence[Message]) -> Generator[None, None, Forest]:
    """REFERENCES: by what the messages say they answer, then by base subject at the top."""
    forest = Forest((yield from in_order(messages, _sent)))
    links = _Links(forest.messages)
    yield from links.own()
    yield from links.told()
    yield from _planted(forest, links)
    forest.roots = yield from in_order(forest.roots, lambda node: _date(forest, node))
    yield from _gathered(forest)
    forest.roots = yield from in_order(forest.roots, lambda node: _date(forest, node))
    return forest


def printed(forest: Forest) -> Generator[None, None, bytes]:
    """The threads as THREAD tells them: a chain in one list, answers side by side in lists of their own."""
    out: list[bytes] = []
    waiting = [*reversed(forest.roots)]
    count, messages, children = 0, forest.messages, forest.children
    while waiting:
        node = waiting.pop()
        if node == _NONE:
            out.append(b")")
            continue
        out.append(b"(")
        waiting.append(_NONE)
        below = [node]
        while len(below) == 1:
            node = below[0]
            if node < len(messages):
                out.append(b"%d" % messages[node].number)
            below = children.get(node, [])
            if below and node < len(messages):
                out.append(b" ")
            count += 1
            if count % (50 * AT_ONCE) == 0:
                yield
        waiting.extend(reversed(below))
    return b"".join(out)


def _sent(message: Message) -> float:
    return message.sent


def _date(forest: Forest, node: int) -> int:
    """Where a node stands among the dates: a dummy where its first child does (RFC 5256 §3, step 4)."""
    return node if node < len(forest.messages) else forest.children[node][0]


class _Links:
    """Step 1: parents. RFC 5256 §3 goes message by message; what each says of itself undoes what others said.

    Here all of them first say what they answer, and only then what they know of others: none of these links
    is ever undone. That lets ``_top`` find the top of a tree by short cuts, and so tell a loop before it is
    closed. Which link of a loop is left out may differ.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        self.parents = [_NONE] * len(messages)
        self._tops = list(range(len(messages)))
        self._messages = messages
        self._nodes: dict[int, int] = {}

    def own(self) -> Work:
        """Step 1 (B): each message answers the last of its references."""
        for node, message in enumerate(self._messages):
            if message.identifier:  # of several that bear one identifier, the first is meant
                self._nodes.setdefault(message.identifier, node)
            if node % (50 * AT_ONCE) == 0:
                yield
        for node, message in enumerate(self._messages):
            if message.references:
                self._link(node, self._node(message.references[-1]))
            if node % AT_ONCE == 0:
                yield

    def told(self) -> Work:
        """Step 1 (A): each reference answers the one before it, unless more is known of it.

        Of a message that is there only those dated later are heard: it speaks for itself in its turn.
        """
        for teller, message in enumerate(self._messages):
            before = _NONE
            for reference in message.references:
                node = self._node(reference)
                if node == _NONE:
                    continue
                if self.parents[node] == _NONE and (node < teller or node >= len(self._messages)):
                    self._link(node, before)
                before = node
            if teller % AT_ONCE == 0:
                yield

    def _node(self, identifier: int) -> int:
        node = self._nodes.get(identifier, _NONE)
        if node == _NONE and len(self.parents) < len(self._messages) + MAX_ABSENT:
            node = self._nodes[identifier] = len(self.parents)
            self.parents.append(_NONE)
            self._tops.append(node)
        return node

    def _link(self, child: int, parent: int) -> None:
        """Both steps refuse a link that would close a loop. The child has no parent yet."""
        if parent == _NONE:
            return
        top = self._top(parent)
        if top != child:
            self.parents[child] = parent
            self._tops[child] = top

    def _top(self, node: int) -> int:
        tops = self._tops
        while tops[node] != node:
            tops[node] = tops[tops[node]]
            node = tops[node]
        return node


def _planted(forest: Forest, links: _Links) -> Work:
    """Steps 2 and 3: dummies give way to their children, but for those that hold several at the top."""
    count, parents = len(forest.messages), links.parents
    known: dict[int, int] = {}

    def anchor(node: int) -> int:
        """The nearest message above, else the topmost dummy, else none."""
        node = parents[node]
        path: list[int] = []
        while node >= count and node not in known and parents[node] != _NONE:
            path.append(node)
            node = parents[node]
        node = known.get(node, node)
        known.update(dict.fromkeys(path, node))
        return node

    for node in range(count):
        above = anchor(node)
        if above == _NONE:
            forest.roots.append(node)
        else:
            forest.children.setdefault(above, []).append(node)
        if node % AT_ONCE == 0:
            yield
    for node in [node for node in forest.children if node >= count]:
        if len(forest.children[node]) == 1:
            forest.roots.extend(forest.children.pop(node))
        else:
            forest.roots.append(node)


def _gathered(forest: Forest) -> Work:
    """Step 5: threads of one base subject are made one; step 6: where they were, dates count again."""
    count, children = len(forest.messages), forest.children
    free = max(children, default=0) + count + 1
    table = yield from _table(forest)
    into: dict[int, int] = {}  # threads that are now in another
    touched: set[int] = set()
    made: list[int] = []
    for at, node in enumerate(forest.roots):
        if at % AT_ONCE == 0:
            yield
        top = forest.messages[_date(forest, node)]
        there = table.get(top.subject, node)
        if there == node:
            continue
        if there >= count and node >= count:
            children[there].extend(children.pop(node))
        elif there >= count or (top.is_reply and not forest.messages[there].is_reply):
            children.setdefault(there, []).append(node)
        else:
            # Neither is the answer: a dummy holds both, and whatever of this subject comes after.
            children[free] = [there, node]
            into[there] = free
            there = table[top.subject] = free
            made.append(free)
            free += 1
        into[node] = there
        touched.add(there)
    for node in touched:
        if node in children:
            children[node] = yield from in_order(children[node], lambda child: child)
    forest.roots = [node for node in forest.roots if node not in into] + made


def _table(forest: Forest) -> Generator[None, None, dict[str, int]]:
    """Step 5 (B): the thread that stands for each base subject: a dummy, else one that is no answer."""
    count, messages = len(forest.messages), forest.messages
    table: dict[str, int] = {}
    for at, node in enumerate(forest.roots):
        if at % AT_ONCE == 0:
            yield
        top = messages[_date(forest, node)]
        there = table.get(top.subject)
        if not top.subject:
            continue
        answered = there is not None and there < count and messages[there].is_reply and not top.is_reply
        if there is None or there < count <= node or answered:
            table[top.subject] = node
    return table
