"""Numbers that stand in the path of an address: those that a database can be asked for, and no others."""

from typing import Annotated, TypeAlias

from fastapi import Path

Number: TypeAlias = Annotated[int, Path(ge=0, lt=2**63)]
"""How a route asks for one; anything else is 400."""
