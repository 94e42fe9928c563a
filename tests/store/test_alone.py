"""One process at a time is alone on a SQLite file; on PostgreSQL nobody is."""

from pathlib import Path

from vaguemestre.store.alone import alone_on


def test_the_second_is_not_alone_until_the_first_has_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'messages.db'}"
    with alone_on(url) as first:
        assert first
        with alone_on(url) as second:
            assert not second
        with alone_on(f"sqlite:///{tmp_path / 'another.db'}") as elsewhere:
            assert elsewhere
    with alone_on(url) as after:
        assert after


def test_where_many_processes_serve_nobody_is() -> None:
    with alone_on("postgresql://somewhere/mail") as is_alone:
        assert not is_alone
