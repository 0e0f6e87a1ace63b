"""Names of the elements by which SDC devices say what they are: DPWS 1.1 section 5, BICEPS (IEEE 11073-10207)."""

from __future__ import annotations

from parsers.soap import Wanted

DPWS = "{http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01}"
PARTICIPANT = "{http://standards.ieee.org/downloads/11073/11073-10207-2017/participant}"
MESSAGE = "{http://standards.ieee.org/downloads/11073/11073-10207-2017/message}"

THIS = {
    f"{DPWS}Manufacturer": "sdc.manufacturer",
    f"{DPWS}ModelName": "sdc.model",
    f"{DPWS}ModelNumber": "sdc.model_number",
    f"{DPWS}FriendlyName": "sdc.friendly_name",
    f"{DPWS}FirmwareVersion": "sdc.firmware",
    f"{DPWS}SerialNumber": "sdc.serial",
}
THIS_PARENTS = frozenset({f"{DPWS}ThisModel", f"{DPWS}ThisDevice"})
HOST, HOST_TYPES = f"{DPWS}Host", f"{DPWS}Types"

META = {
    f"{PARTICIPANT}Manufacturer": "sdc.manufacturer",
    f"{PARTICIPANT}ModelName": "sdc.model",
    f"{PARTICIPANT}ModelNumber": "sdc.model_number",
    f"{PARTICIPANT}SerialNumber": "sdc.serial",
    f"{PARTICIPANT}LotNumber": "sdc.lot",
    f"{PARTICIPANT}DeviceIdentifier": "sdc.udi_device_identifier",
    f"{PARTICIPANT}HumanReadableForm": "sdc.udi",
}
MDS, META_DATA, UDI, TYPE = (f"{PARTICIPANT}{name}" for name in ("Mds", "MetaData", "Udi", "Type"))
SYSTEMS = (MDS, f"{MESSAGE}Descriptor")  # in a whole description, and in a report of a change
IS_SYSTEM = f"{PARTICIPANT}MdsDescriptor"  # type of such a Descriptor that is one of a system
WANTED = Wanted(
    frozenset((*THIS, HOST_TYPES, *META, *SYSTEMS, TYPE)),
    under={HOST_TYPES: frozenset({HOST}), TYPE: frozenset(SYSTEMS)}
    | dict.fromkeys(THIS, THIS_PARENTS)
    | dict.fromkeys(META, frozenset({META_DATA, UDI})),
)
