"""Devices' passwords from the command line."""

from tests.support.command_line import DOCTOR, CommandLine


def test_a_device_is_added_listed_and_removed(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    said = vaguemestre("device", "add", DOCTOR, "phone")
    assert said.status == 0
    assert "The password of phone is" in said.out
    assert "never" in vaguemestre("device", "list", DOCTOR).out
    made = vaguemestre("device", "add", DOCTOR, "desk", "--json").json()
    assert isinstance(made, dict)
    assert len(str(made["password"])) == 24
    listed = vaguemestre("device", "list", DOCTOR, "--json").json()
    assert isinstance(listed, list)
    assert [device["device"] for device in listed] == ["phone", "desk"]
    assert vaguemestre("device", "remove", DOCTOR, "phone").status == 0
    again = vaguemestre("device", "remove", DOCTOR, "phone")
    assert (again.status, again.out) == (1, "")
    assert "no device named phone" in again.err
