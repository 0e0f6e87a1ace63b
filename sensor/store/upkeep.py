"""What may be done to a database whatever its schema: look at it, and bring it up to date."""

from __future__ import annotations

from msgspec import Struct

from sensor.store import connect, reads
from sensor.store.error import StoreError
from sensor.store.origin import OriginRow
from sensor.store.schema import REVISION
from sensor.store.spool import Spool, folder_of


class Status(Struct, frozen=True):
    """What a database is. rows and origins are empty where its schema is not this program's."""

    database: str
    schema: str
    needed: str
    size: int  # bytes, journal included
    rows: dict[str, int]
    origins: list[OriginRow]
    spool: str = ""  # folder of batches of a sensor that wait
    waiting: int = 0  # how many
    waiting_size: int = 0  # bytes


def upgrade(url: str) -> str:
    """Runs the missing revisions in one transaction; returns the schema that was there before."""
    address = connect.Address(url)
    engine = connect.engine(address, create=False, write=True)
    try:
        before = connect.bring_up(engine, address)
        connect.check(engine, address)
        connect.use_journal(engine, address)
    finally:
        engine.dispose()
    return before or "none"


def status(url: str, spool: str = "") -> Status:
    """Reads what it can; refuses what is not ours. spool: the folder that was set for batches that wait, if any."""
    address = connect.Address(url)
    engine = connect.engine(address, create=False, write=False)
    try:
        found = connect.revision(engine, address)
        if found is None:
            raise StoreError(f"{address.shown} is empty; read a capture into it first: sensor read CAPTURE")
        rows: dict[str, int] = {}
        origins: list[OriginRow] = []
        if found == REVISION:
            with connect.reading(engine, address) as connection:
                rows = reads.sizes(connection)
                origins = reads.origins(connection, reads.ALL)
        folder = folder_of(url, spool)
        try:
            waiting = Spool(folder).standing()
        except OSError as error:
            raise StoreError(f"could not look into {folder}: {error.strerror}; give read permission on it") from None
        return Status(address.shown, found, REVISION, address.size(engine), rows, origins, str(folder), *waiting)
    finally:
        engine.dispose()
