"""The table of roles, told a second time, cell by cell."""

import pytest

from vaguemestre.policy.administration import ALLOWED, Permission, Role, may

TOLD_AGAIN = """
                             operator  support  auditor  directory
see mailboxes                yes       yes      yes      no
read content                 yes       no       no       no
let others read content      yes       no       no       no
see who reads content        yes       no       yes      no
trace messages               yes       yes      yes      no
see conversations            yes       yes      yes      no
close conversations          yes       yes      no       no
see the queue                yes       yes      yes      no
steer the queue              yes       no       no       no
see the trust list           yes       no       yes      yes
see the directory            yes       yes      yes      yes
see the service's health     yes       yes      yes      no
see statistics               yes       no       yes      no
see the audit of the journal yes       no       yes      no
see administrators           yes       no       yes      no
"""

HEAD, *ROWS = TOLD_AGAIN.strip("\n").splitlines()
CELLS = [
    (Role(role), Permission(row[:29].strip()), word == "yes")
    for row in ROWS
    for role, word in zip(HEAD.split(), row[29:].split(), strict=True)
]


@pytest.mark.parametrize(("role", "permission", "allowed"), CELLS)
def test_a_role_may_do_what_its_cell_says(role: Role, permission: Permission, allowed: bool) -> None:
    assert may(role, permission) is allowed


def test_every_cell_is_told() -> None:
    assert {(role, permission) for role, permission, _ in CELLS} == {(r, p) for r in Role for p in Permission}
    assert ALLOWED.keys() == set(Role)
