"""The page of roles: the table of ``policy.administration``, as it is enforced."""

from vaguemestre.policy.administration import Permission, Role, may

_OPENING = """# Roles of the console

Written by `make docs` from the table that the [console](console.md) asks at each click.
An account has one role; `vaguemestre console role` gives it another.
Password, passkey and identity provider lead to the same account: none of them gives or changes a role.
"""


def render() -> str:
    """The whole page."""
    head = " | ".join(role.value for role in Role)
    lines = [_OPENING, f"| | {head} |", "|---|" + "---|" * len(Role)]
    for permission in Permission:
        cells = " | ".join("yes" if may(role, permission) else "" for role in Role)
        lines.append(f"| {permission.value} | {cells} |")
    return "\n".join(lines) + "\n"
