"""Servers that the tests of engines share; one is started where its programs are found."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres() -> Iterator:
    """Start a PostgreSQL server; skip where there is none to start."""
    pytest.importorskip(
        "psycopg", reason='the postgres extra is not installed: pip install "custlib[postgres]"'
    )
    from tests.engines.postgres_server import Server, binaries

    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")
    server = Server(programs)
    try:
        yield server
    finally:
        server.remove()
