"""Which values of a data set head name equipment, and whom they describe. PS3.3 C.7.5.1, C.4.10, C.4.13, C.13.9.

Four kinds of data set are looked into: an object that is stored (names the device that made it), a worklist query and a
procedure step (name the modality that sends them), and a printer's answer about itself.
"""

from __future__ import annotations

from functools import lru_cache

from parsers.api import TEXT_MAX, About, Event, Id, Odd, Said
from parsers.dicom_association import uid
from parsers.dicom_dataset import Head, Item, Plan
from parsers.dicom_dimse import C_FIND, C_STORE, MPPS, N_CREATE, N_GET, PRINTER, RESPONSE, WORKLIST
from parsers.udi import without_donation

CHARSET = 0x00080005
MODALITY = 0x00080060
MANUFACTURER = 0x00080070
MODEL = 0x00081090
STATION_NAME = 0x00081010
SERIAL = 0x00181000
SOFTWARE_VERSIONS = 0x00181020
UDI_SEQUENCE, UDI = 0x0018100A, 0x00181009
CONTRIBUTING = 0x0018A001
PURPOSE, CODE_VALUE = 0x0040A170, 0x00080100
SCHEDULED_STEPS = 0x00400100
KEPT = 512  # devices whose utterance is kept ready: every object that they make says the same of them
KEPT_SIZE = 2048  # bytes of its values; 200 are usual
VERSIONS_MAX = 16  # values of one multi-valued element that are said

Values = tuple[tuple[int, bytes], ...]  # of one level: tag, raw value

_TEXTS = {  # tag -> observable, for whatever device the level describes
    MODALITY: "dicom.modality",
    0x00080064: "dicom.conversion_type",
    MANUFACTURER: "dicom.manufacturer",
    MODEL: "dicom.model",
    STATION_NAME: "dicom.station_name",
    0x00080055: "dicom.station_ae",
    0x00080080: "dicom.institution",
    0x00081040: "dicom.department",
    SERIAL: "dicom.serial",
    0x00181002: "dicom.device_uid",
    0x00181003: "dicom.device_id",
    0x00181004: "dicom.plate_id",
    0x00181005: "dicom.generator_id",
    0x00181008: "dicom.gantry_id",
    0x0018100B: "dicom.device_class_uid",
    0x00181016: "dicom.capture_manufacturer",
    0x00181018: "dicom.capture_model",
    0x00181019: "dicom.capture_software",
    SOFTWARE_VERSIONS: "dicom.software_versions",
    0x00181200: "dicom.last_calibration",
    0x0018700A: "dicom.detector_id",
    0x21100030: "dicom.printer_name",
    0x00400001: "dicom.scheduled_station_ae",
    0x00400010: "dicom.scheduled_station_name",
    0x00400011: "dicom.scheduled_location",
    0x00400241: "dicom.performed_station_ae",
    0x00400242: "dicom.performed_station_name",
    0x00400243: "dicom.performed_location",
}
_UIDS = frozenset((0x00181002, 0x0018100B))
SEVERAL = frozenset((SOFTWARE_VERSIONS, 0x00181019, 0x00400001))  # said value by value
_COMMON = frozenset((CHARSET, MANUFACTURER, MODEL, STATION_NAME, 0x00080080, 0x00081040, SERIAL, SOFTWARE_VERSIONS))
_DEVICE = _COMMON | {0x00181002, 0x00181003}
_UDIS = Plan(frozenset((UDI,)))

STORED = Plan(
    _DEVICE
    | {MODALITY, 0x00080064, 0x00080055, 0x00181004, 0x00181005, 0x00181008, 0x0018100B}
    | {0x00181016, 0x00181018, 0x00181019, 0x00181200, 0x0018700A},
    {
        UDI_SEQUENCE: _UDIS,
        CONTRIBUTING: Plan(_DEVICE, {PURPOSE: Plan(frozenset((CODE_VALUE,))), UDI_SEQUENCE: _UDIS}),
    },
    CONTRIBUTING,
)
QUERIED = Plan(
    frozenset((CHARSET,)),
    {SCHEDULED_STEPS: Plan(frozenset((MODALITY, 0x00400001, 0x00400010, 0x00400011)))},
    SCHEDULED_STEPS,
)
STARTED = Plan(frozenset((CHARSET, MODALITY, 0x00400241, 0x00400242, 0x00400243)), {}, 0x00400243)
PRINTING = Plan(frozenset((CHARSET, MANUFACTURER, MODEL, SERIAL, SOFTWARE_VERSIONS, 0x21100030)), {}, 0x21100030)

OBSERVABLES = {  # how far each may be believed about its subject
    **dict.fromkeys(_TEXTS.values(), 0.95),
    "dicom.udi": 0.95,
    "dicom.contribution": 0.9,
    "dicom.station_ae": 0.9,  # the title under which the maker of the object is known, typed in on site
    "dicom.capture_manufacturer": 0.8,  # of the device that captured it, often a part of another maker
    "dicom.capture_model": 0.8,
    "dicom.capture_software": 0.8,
    "dicom.scheduled_station_ae": 0.9,
    "dicom.scheduled_station_name": 0.9,
    "dicom.scheduled_location": 0.7,
    "dicom.scheduled_modality": 0.9,
    "dicom.performed_modality": 0.95,
}

_CODECS = {  # PS3.3 C.12.1.1.2: defined terms of (0008,0005)
    b"ISO_IR 100": "latin-1",
    b"ISO_IR 101": "iso8859-2",
    b"ISO_IR 109": "iso8859-3",
    b"ISO_IR 110": "iso8859-4",
    b"ISO_IR 144": "iso8859-5",
    b"ISO_IR 127": "iso8859-6",
    b"ISO_IR 126": "iso8859-7",
    b"ISO_IR 138": "iso8859-8",
    b"ISO_IR 148": "iso8859-9",
    b"ISO_IR 203": "iso8859-15",
    b"ISO_IR 13": "shift_jis",
    b"ISO_IR 166": "iso8859-11",
    b"ISO_IR 87": "iso2022_jp_2",
    b"ISO_IR 159": "iso2022_jp_2",
    b"ISO_IR 149": "euc_kr",
    b"ISO_IR 58": "gb2312",
    b"ISO_IR 192": "utf-8",
    b"GB18030": "gb18030",
    b"GBK": "gbk",
}


def plan_of(field: int, sop_class: str) -> Plan | None:
    """The plan for the data set that follows a command; None: nothing of it is wanted."""
    if field == C_STORE:
        return STORED
    if field == C_FIND and sop_class == WORKLIST:
        return QUERIED
    if field == N_CREATE and sop_class == MPPS:
        return STARTED
    if field == N_GET | RESPONSE and sop_class == PRINTER:
        return PRINTING
    return None


def describe(head: Head, application: str) -> list[Event]:
    """What a head says about the sender, or about the device behind it that made the object."""
    out: list[Event] = [Odd(head.odd)] if head.odd else []
    root = head.root
    charset = root.values.get(CHARSET, b"")
    if head.plan is STORED:
        if head.reached > SERIAL or SERIAL in root.values:  # else its serial might have come
            out += _component(root, charset, application)
        if CONTRIBUTING in root.sequences:
            chain = root.sequences[CONTRIBUTING]
            if head.odd and head.reached == CONTRIBUTING:
                chain = chain[:-1]  # it broke off inside this one: what is missing might be its serial
            for item in chain:
                out += _component(item, charset, application)
        return out
    codec = _codec(charset)
    fields = _fields(tuple(root.values.items()), codec)
    if head.plan is QUERIED:
        for step in root.sequences.get(SCHEDULED_STEPS, ())[:1]:
            fields.extend(
                (name.replace("dicom.modality", "dicom.scheduled_modality"), text)
                for name, text in _fields(tuple(step.values.items()), codec)
                if "*" not in text and "?" not in text  # a wildcard asks, it does not say
            )
    elif head.plan is STARTED:
        fields = [(name.replace("dicom.modality", "dicom.performed_modality"), text) for name, text in fields]
    if fields:
        out.append(Said(About("sender", application), tuple(fields)))
    return out


def _component(item: Item, charset: bytes, application: str) -> tuple[Event, ...]:
    """What one level of a stored object says about the device that it describes."""
    values = tuple(item.values.items())
    udis: tuple[bytes, ...] = ()
    purpose = b""
    if item.sequences:
        udis = tuple([identifier.values.get(UDI, b"") for identifier in item.sequences.get(UDI_SEQUENCE, ())])
        purposes = item.sequences.get(PURPOSE)
        purpose = purposes[0].values.get(CODE_VALUE, b"") if purposes else b""
    size = len(charset) + len(purpose)
    for _, raw in values:
        size += len(raw)
    for raw in udis:
        size += len(raw)
    read = _device_kept if size <= KEPT_SIZE else _device
    return read(values, udis, purpose, charset, application)


def _device(
    values: Values, udis: tuple[bytes, ...], purpose: bytes, charset: bytes, application: str
) -> tuple[Event, ...]:
    codec = _codec(charset)
    fields = _fields(values, codec)
    fields += [("dicom.udi", text) for raw in udis if (text := without_donation(_text(raw, codec)))]
    if code := _text(purpose, codec):
        fields.append(("dicom.contribution", code))
    by_name = dict(fields)
    maker = by_name.get("dicom.manufacturer", "")
    model, station = by_name.get("dicom.model", ""), by_name.get("dicom.station_name", "")
    if serial := by_name.get("dicom.serial", ""):
        device = Id("serial", serial, maker)
    elif model or station:
        device = Id("model_station", f"{model}|{station}", maker)
    else:
        return ()
    return (Said(About("sender", application, (device,)), tuple(fields)),)


_device_kept = lru_cache(maxsize=KEPT)(_device)


def _fields(values: Values, codec: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for tag, raw in values:
        observable = _TEXTS.get(tag)
        if observable is None:
            continue
        if tag in _UIDS:
            texts = [uid(raw.partition(b"\\")[0])]
        elif tag in SEVERAL or (tag == MODALITY and b"\\" in raw):
            texts = [part.strip("\0 ") for part in _text(raw, codec, 4 * TEXT_MAX).split("\\")[:VERSIONS_MAX]]
        else:
            texts = [_text(raw, codec)]
        found.extend((observable, text[:TEXT_MAX]) for text in texts if text)
    return found


def _codec(declared: bytes) -> str:
    """The codec of the texts; "" where none is declared. With code extensions the last named one that is not Latin."""
    codec = ""
    for term in declared.split(b"\\"):
        name = term.strip(b"\0 ").replace(b"ISO 2022 IR ", b"ISO_IR ")
        if name in _CODECS and (not codec or codec == "latin-1"):
            codec = _CODECS[name]
    return codec


def _text(raw: bytes, codec: str, most: int = TEXT_MAX) -> str:
    if raw.isascii() and b"\x1b" not in raw:
        text = raw.decode("ascii")
    elif codec:
        text = raw.decode(codec, "replace")
    else:  # undeclared, against the standard: old devices mean Latin-1, new ones UTF-8
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    return text.strip("\0 \t\r\n")[:most]
