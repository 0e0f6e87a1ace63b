"""The inventory as a French maintenance system (GMAO) takes it: semicolons, French names, UTF-8 with a byte order mark.

The mark and the semicolon are what makes a French spreadsheet open the file as a table with its accents.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sensor.correlate.device import Device
from sensor.export.cells import GATHERED, Kinds, defused
from sensor.fingerprint.words import Kind
from sensor.times import SECOND_NS

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

HEADERS = (
    "N° inventaire",
    "Désignation",
    "Code EMDN",
    "Libellé EMDN",
    "Classe UE",
    "Fabricant",
    "Modèle",
    "N° de série",
    "IUD",
    "Version logicielle",
    "Système d'exploitation",
    "Nom réseau",
    "Titres AE et applications",
    "Adresses IP",
    "Adresses MAC",
    "Service",
    "Localisation",
    "Rattaché à",
    "Confiance",
    "Première observation",
    "Dernière observation",
    "Site",
    "Identifiant",
)


def lines(devices: Iterable[Device], kind: Kinds) -> Iterator[bytes]:
    """The whole file, a piece at a time. A code that no source gives is an empty cell."""
    held = io.StringIO(newline="")
    writer = csv.writer(held, delimiter=";")
    writer.writerow(HEADERS)
    yield BYTE_ORDER_MARK
    for device in devices:
        writer.writerow([defused(cell) for cell in row(device, kind(device.kind))])
        if held.tell() >= GATHERED:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def row(device: Device, kind: Kind | None) -> tuple[str, ...]:
    """A device's cells, in the order of HEADERS."""
    believed = {one.name: one.believed for one in device.attributes}

    def value(name: str) -> str:
        return believed[name].value if name in believed else ""

    return (
        value("asset"),
        kind.fr if kind else "Inconnu",
        kind.emdn if kind else "",
        kind.emdn_term if kind else "",
        kind.eu_class if kind else "",
        value("manufacturer"),
        value("model"),
        value("serial"),
        value("udi"),
        value("software"),
        value("os"),
        value("hostname") or device.name,
        ", ".join(device.applications),
        " ".join(dict.fromkeys(tenure.ip for tenure in device.addresses)),
        " ".join(device.interfaces),
        value("department"),
        value("location"),
        device.parent,
        f"{believed['kind'].confidence:.2f}".replace(".", ",") if "kind" in believed else "",
        day(device.first_seen),
        day(device.last_seen),
        device.site,
        device.id,
    )


def day(time: int) -> str:
    """As a French spreadsheet reads a date; UTC."""
    return datetime.fromtimestamp(time // SECOND_NS, UTC).strftime("%d/%m/%Y %H:%M")
