"""Which column of a list says what, guessed from French and English headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sensor.reconcile.entry import plain

# field -> headers without case, accents and punctuation, the surest first
HEADERS: Mapping[str, tuple[str, ...]] = {
    "asset": (
        "n inventaire", "no inventaire", "numero inventaire", "numero d inventaire", "num inventaire",
        "code inventaire", "asset tag", "asset number", "asset no", "asset id", "asset", "inventory number",
        "equipment number", "equipment id", "code equipement", "id equipement", "n equipement", "inventaire",
    ),
    "manufacturer": ("fabricant", "constructeur", "marque", "manufacturer", "maker", "brand", "make", "vendor"),
    "model": ("modele", "model", "model name", "model number", "model no", "modele type", "type modele", "product"),
    "serial": (
        "n de serie", "n serie", "no de serie", "no serie", "numero de serie", "numero serie", "num serie",
        "serial number", "serial no", "serial", "s n", "sn",
    ),
    "udi": ("iud", "udi", "iud id", "udi di", "iud iid"),
    "kind": (
        "designation", "libelle", "type d equipement", "type equipement", "device type", "equipment type",
        "nomenclature", "description", "categorie", "category", "famille", "type",
    ),
    "hostname": (
        "nom reseau", "nom d hote", "host name", "hostname", "nom machine", "computer name", "dns name", "nom dns",
        "fqdn",
    ),
    "ae_title": ("titre ae", "titres ae", "titres ae et applications", "ae title", "ae titles", "aetitle", "aet", "ae"),
    "ip": ("adresse ip", "adresses ip", "ip address", "ip addresses", "ipv4", "ip"),
    "mac": ("adresse mac", "adresses mac", "mac address", "mac addresses", "adresse physique", "mac"),
    "department": (
        "service", "service utilisateur", "department", "departement", "unite fonctionnelle", "uf", "unite", "ward",
        "cost center", "cost centre",
    ),
    "room": ("localisation", "emplacement", "local", "salle", "piece", "room", "location", "chambre"),
    "owner": ("proprietaire", "owner", "detenteur", "responsable"),
    "supplier": ("fournisseur", "supplier", "distributeur"),
    "maintenance": ("contrat de maintenance", "maintenance contract", "maintenance", "contrat", "contract"),
    "criticality": ("criticite", "criticite metier", "classe de criticite", "business criticality", "criticality"),
}  # fmt: skip


def guess(headers: Sequence[str], told: Mapping[str, str]) -> dict[str, int]:
    """Field -> number of its column. told: field -> header, as a person said; each column is used once.

    Raises ValueError for a header that is told and not there.
    """
    texts = [plain(header) for header in headers]
    found: dict[str, int] = {}
    for field, header in told.items():
        if plain(header) not in texts:
            raise ValueError(f"there is no column {header!r}; there are: {', '.join(filter(None, headers))}")
        found[field] = texts.index(plain(header))
    for field, names in HEADERS.items():
        if field not in found:
            place = next((texts.index(name) for name in names if name in texts), None)
            if place is not None and place not in found.values():
                found[field] = place
    return found
