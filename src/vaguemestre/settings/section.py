"""What every section of the settings is, and what is said of each setting.

A description is the text under its field. It is read from the source when it is asked for, by ``init`` and
the pages: pydantic would read every file of this room again at each start, a third of the time that
settings take.
"""

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One ``[section]`` of the file: nothing unknown is let in, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@cache
def descriptions(section: type[BaseModel]) -> Mapping[str, str]:
    """Field → the text written under it or in the section above, as one line; absent without it."""
    source = ast.parse(dedent(inspect.getsource(section)))
    written = next(node for node in source.body if isinstance(node, ast.ClassDef))
    above = section.__base__
    inherited = descriptions(above) if above is not None and issubclass(above, Section) else {}
    return dict(inherited) | {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(written.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
