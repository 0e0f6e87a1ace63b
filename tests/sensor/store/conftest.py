from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.store.store import Store
from tests import postgresql

SERVERS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[postgresql.Server]:
    """A PostgreSQL server of the tests' own; where there must be one, its absence is a failure."""
    if (reason := postgresql.missing()) and not os.environ.get("CI"):
        pytest.skip(reason)
    with postgresql.server() as running:
        yield running


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """For what only a file can suffer."""
    return f"sqlite:///{tmp_path / 'inventory.db'}"


@pytest.fixture(params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is not there yet, or is empty; each test runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'inventory.db'}"
    server: postgresql.Server = request.getfixturevalue("server")
    return server.database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url) as opened:
        yield opened
