"""Every event that the code records has a sentence in French and one in English, and no other has.

Events are found where they are written down: in what is given to ``JournalEntry``, or to a function that
passes on what it is given as ``event``. A way of writing one that is not understood here is a failure too.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vaguemestre.console.journal_words import EVENTS
from vaguemestre.mail.access import Deed

SOURCE: Final = Path(__file__).parents[2] / "src" / "vaguemestre"
OF_DEEDS: Final = "deed.value"  # what a reader does in a bal that is not his
PASSED_ON: Final = {"event", "kind.event"}  # found where it was given
EVERYWHERE: Final = {"JournalEntry": 2, "Kind": 1, "record_act": 3, "journal": 1}
READ_BACK: Final = SOURCE / "store" / "journal.py"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _modules() -> dict[str, ast.Module]:
    """By the names that they are imported by."""
    return {
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts): ast.parse(path.read_text())
        for path in SOURCE.rglob("*.py")
        if path != READ_BACK
    }


def _constants(module: ast.Module, modules: dict[str, ast.Module]) -> dict[str, ast.expr]:
    """Those of one module, and those that it imports from another."""
    found: dict[str, ast.expr] = {}
    for statement in module.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                found[name] = value
            case ast.ImportFrom(module=str(other), names=names) if other in modules:
                theirs = _constants(modules[other], {})
                found |= {one.name: theirs[one.name] for one in names if one.name in theirs}
    return found


def _receivers(module: ast.Module) -> dict[str, int]:
    """What in this module takes an event, with its place among the arguments; ``self`` is not counted."""
    found = {}
    for function in ast.walk(module):
        if isinstance(function, Function):
            names = [one.arg for one in function.args.args if one.arg != "self"]
            if "event" in names:
                found[function.name] = names.index("event")
    return found


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _given(call: ast.Call, place: int) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == "event"), None)
    return named if named is not None else call.args[place] if len(call.args) > place else None


def _words(given: ast.expr, constants: dict[str, ast.expr], within: Function | None) -> Iterator[str]:
    """What an expression may be."""
    match given:
        case ast.Constant(str(text)):
            yield text
        case ast.Constant(None):
            pass
        case ast.IfExp(body=one, orelse=other):
            yield from _words(one, constants, within)
            yield from _words(other, constants, within)
        case ast.Subscript(value=ast.Name(name)):
            table = constants[name]
            assert isinstance(table, ast.Dict), name
            for value in table.values:
                yield from _words(value, constants, within)
        case _ if ast.unparse(given) == OF_DEEDS:
            yield from (deed.value for deed in Deed)
        case ast.Name(name) if (local := _assigned(name, within)) is not None:
            yield from _words(local, constants, within)
        case _ if ast.unparse(given) in PASSED_ON:
            pass
        case ast.Name(name):
            yield from _words(constants[name], constants, within)
        case _:
            raise AssertionError(f"an event is written in a way of its own: {ast.unparse(given)}")


def _assigned(name: str, within: Function | None) -> ast.expr | None:
    for statement in ast.walk(within) if within is not None else ():
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
            return statement.value
    return None


def _recorded() -> set[str]:
    modules = _modules()
    found = set[str]()
    for module in modules.values():
        constants = _constants(module, modules)
        names = {ast.unparse(call.func) for call in _calls(module)}
        receivers = EVERYWHERE | (_receivers(module) if names & EVERYWHERE.keys() else {})
        for function in ast.walk(module):
            if isinstance(function, Function):
                for call in _calls(function):
                    place = receivers.get(ast.unparse(call.func).rpartition(".")[2])
                    given = None if place is None else _given(call, place)
                    if given is not None:
                        found |= set(_words(given, constants, function))
    return found


def test_every_event_of_the_journal_is_told_in_words() -> None:
    assert _recorded() == set(EVENTS)


def test_each_is_said_in_both_languages() -> None:
    for event, sentence in EVENTS.items():
        assert sentence.fr, event
        assert sentence.en, event
        assert event not in {sentence.fr, sentence.en} or "_" not in event
