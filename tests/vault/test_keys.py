"""Master keys: what a file of them must be, and what is refused before it does harm."""

from pathlib import Path

import pytest

from vaguemestre.service.ports.vault import SealBrokenError
from vaguemestre.vault.keys import (
    MasterKeyError,
    MasterMissingError,
    generate_master,
    load_master,
    parse_master,
    write_master,
)
from vaguemestre.vault.wrapping import Wrapping


def test_a_written_file_reads_back_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "master.keys"
    keys = write_master(path, generate_master().rotated())
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_master(path) == keys
    assert keys.reloaded() == keys
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700 | 0o010])
def test_a_file_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.keys"
    write_master(path, generate_master())
    path.chmod(mode)
    with pytest.raises(MasterKeyError, match="must be 0600"):
        load_master(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be read"):
        load_master(tmp_path / "nothing")


def test_an_environment_value_holds_the_same_words() -> None:
    keys = generate_master().rotated()
    text = " ".join(str(key) for key in keys.all)
    assert parse_master(text) == keys
    assert parse_master(f"# a comment\n{text.replace(' ', chr(10))} # another\n") == keys


def test_a_key_that_was_changed_is_found_when_read() -> None:
    word = str(generate_master().current)
    other = str(generate_master().current)
    for text in ("", "# nothing", "abc", word[:-4], word[:-1], word[:17] + other[17:], word + "é"):
        with pytest.raises(MasterKeyError) as refusal:
            parse_master(text)
        assert word[17:] not in str(refusal.value)


def test_a_master_key_never_prints_its_secret() -> None:
    keys = generate_master()
    assert repr(keys.current.secret) not in repr(keys)
    assert str(keys.current).partition(":")[2] not in repr(keys)


def test_rotation_puts_a_new_key_first_and_forgets_only_when_told() -> None:
    keys = generate_master()
    rotated = keys.rotated()
    assert rotated.current != keys.current
    assert rotated.old == (keys.current,)
    assert rotated.without_old().all == (rotated.current,)


def test_a_wrapped_key_opens_in_its_place_only() -> None:
    keys = generate_master().rotated()
    wrapping = Wrapping(keys)
    new, old = (key.id for key in keys.all)
    wrapped = wrapping.wrap(new, b"place", b"secret")
    assert wrapping.unwrap(new, b"place", wrapped) == b"secret"
    assert b"secret" not in wrapped
    with pytest.raises(SealBrokenError):
        wrapping.unwrap(new, b"elsewhere", wrapped)
    with pytest.raises(SealBrokenError):
        wrapping.unwrap(old, b"place", wrapped)
    with pytest.raises(MasterMissingError):
        Wrapping(generate_master()).unwrap(new, b"place", wrapped)
    for at in range(len(wrapped)):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 128]) + wrapped[at + 1 :]
        with pytest.raises(SealBrokenError):
            wrapping.unwrap(new, b"place", changed)
