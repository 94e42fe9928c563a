"""Files and functions stay small enough to be read in one sitting. An exception gives its reason here."""

import ast
from statistics import median

from tests.support.tree import Module, modules

MAX_MODULE = 500
MAX_FUNCTION = 60
MAX_MEDIAN = 160  # the aim is near 120

LONG_MODULES: dict[str, str] = {}
"""Path: why it is past MAX_MODULE all the same."""

LONG_FUNCTIONS: dict[str, str] = {}
"""path::name: why it is past MAX_FUNCTION all the same."""


def _functions(module: Module) -> dict[str, int]:
    return {
        f"{module.path}::{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_no_module_is_too_long_to_be_read() -> None:
    assert not [m.path for m in modules() if m.lines > MAX_MODULE and m.path not in LONG_MODULES]


def test_no_function_is_too_long_to_be_read() -> None:
    lengths = {name: lines for module in modules() for name, lines in _functions(module).items()}
    assert not {name for name, lines in lengths.items() if lines > MAX_FUNCTION} - LONG_FUNCTIONS.keys()


def test_the_median_module_has_about_a_hundred_lines() -> None:
    lines = [module.lines for module in modules() if not module.path.endswith("__init__.py")]
    assert median(lines) <= MAX_MEDIAN


def test_every_exception_is_still_needed() -> None:
    lines = {module.path: module.lines for module in modules()}
    lengths = {name: size for module in modules() for name, size in _functions(module).items()}
    assert all(lines.get(path, 0) > MAX_MODULE for path in LONG_MODULES)
    assert all(lengths.get(name, 0) > MAX_FUNCTION for name in LONG_FUNCTIONS)
