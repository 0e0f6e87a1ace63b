"""Which devices one HL7 v2 message speaks of: from the rows that `hl7` collected to what is said about each of them.

IHE PCD TF-2 appendix B (OBX-3 and OBX-4: containment MDS.VMD.channel.metric of ISO/IEEE 11073-10201), IHE LAB TF-2b
(OBX-18: model, then serial number, of one analyser), HL7 v2.8.2 chapter 7 (PRT, UDI). A row is a tuple of raw fields
whose first says which kind it is; nothing here sees a field that is not in the allow-list of `hl7`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers import udi
from parsers.api import TEXT_MAX, About, Event, Id, Said
from parsers.hl7_fields import (
    Marks,
    components,
    entities,
    entity_id,
    eui64,
    eui64_mac,
    joined,
    text,
)
from parsers.hl7_identity import PUMP_ORDER, Identity
from parsers.hl7_memory import SIZE_MAX, Remembered

MODEL, SYSTEM_ID = b"67880", b"67972"  # MDC_ATTR_ID_MODEL, MDC_ATTR_SYS_ID: the only codes whose OBX-5 is read
ATTRIBUTES = {MODEL: b"MDC_ATTR_ID_MODEL", SYSTEM_ID: b"MDC_ATTR_SYS_ID"}
KEPT_ROWS_MAX = 48  # of a group that is remembered: with five fields each they take as much again as SIZE_MAX
VALUES_MAX = 16  # values of one observable said of one device; a multi-parameter monitor lists about ten VMDs

PUMP = b"MDC_DEV_PUMP_"  # begins the names of pumps and their parts
SOFTWARE, EQUIPMENT, OBSERVATION, PARTICIPANT, PLACE, ORDER = b"SFT", b"EQU", b"OBX", b"PRT", b"PV1", b"OBR"

Row = tuple[bytes, ...]
Place = tuple[str, str]  # MDS and VMD of a row in its containment tree
_CONTAINED = re.compile(r"(\d{1,5})\.(\d{1,5})(?:\.\d{1,10}){1,2}\Z")
_UDI = re.compile(r"\(01\)\d{14}|01\d{14}(?=1[017]|2[0-9])|\+[A-Z]|=[/)]")  # how those of the three agencies begin


class Device:
    """What the rows say of one device, in the order they said it."""

    __slots__ = ("fields", "ids", "systems", "where")

    def __init__(self) -> None:
        self.ids: dict[Id, None] = {}
        self.fields: dict[tuple[str, str], None] = {}
        self.systems: dict[Id, None] = {}  # those of `ids` that are system ids (67972), never shared by two devices
        self.where: dict[tuple[str, str], None] = {}  # from PRT-9, which is its own place and no bed's

    def say(self, observable: str, value: str) -> None:
        fields = self.fields
        if value and (len(fields) < VALUES_MAX or sum(name == observable for name, _ in fields) < VALUES_MAX):
            fields[observable, value] = None

    def identify(self, found: Id | None) -> None:
        if found is not None:
            self.ids[found] = None
            if found.scheme == "eui64":
                self.say("hl7.eui64", found.value)
                self.say("hl7.device_mac", eui64_mac(found.value))

    def take(self, other: Device) -> None:
        for found in other.ids:
            self.ids[found] = None
        self.systems.update(other.systems)
        if len(self.fields) + len(other.fields) <= VALUES_MAX:
            self.fields.update(other.fields)
        else:
            for name, value in other.fields:
                self.say(name, value)
        self.where.update(other.where)


def _instances(raw: bytes, marks: Marks, observable: str) -> list[Device]:
    """The devices in a repeating EI field. Repeats in one namespace are one device: LAW writes the model, then the
    serial number. Another namespace, or another EUI-64, is another device."""
    named = entities(raw, marks)
    if len(named) == 1:
        device = Device()
        device.identify(entity_id(named[0]))
        device.say(observable, joined(named[0]))
        return [device]
    found: list[tuple[list[list[str]], Device]] = []
    for parts in named:
        known = entity_id(parts)
        namespace = parts[1] if len(parts) > 1 else ""
        for repeats, device in found:
            other = {repeat[1] for repeat in repeats if len(repeat) > 1 and repeat[1]}
            rival = known is not None and known.scheme == "eui64" and any(i.scheme == "eui64" for i in device.ids)
            if not rival and not (namespace and other and namespace not in other):
                break
        else:
            repeats, device = [], Device()
            found.append((repeats, device))
        repeats.append(parts)
        device.identify(known)
    for repeats, device in found:
        plain = [i for i in device.ids if i.scheme == "obx18"]
        if len(plain) > 1 and plain[0].maker and all(i.maker == plain[0].maker for i in plain):
            del device.ids[plain[0]]
            device.say(f"{observable}_model", plain[0].value)
            for known in plain[1:]:  # LAW: "XN-550", then "XN-550.11234"
                device.say("hl7.serial", _number(known.value, plain[0].value))
        for parts in repeats:
            device.say(observable, joined(parts))
    return [device for _, device in found]


def _number(instance: str, model: str) -> str:
    """The serial number in an instance of the form "model.serial" (IHE LAB TF-2b, OBX-18), or ""."""
    return instance[len(model) + 1 :].strip() if instance.startswith(f"{model}.") else ""


def _participant(row: Row, marks: Marks) -> list[Device]:
    """PRT-9 place, 10 device, 16 device identifier, 17 manufacture date, 18 expiry, 19 lot, 20 serial, 22 type.
    PRT-21 identifies a donation, so a person, and is not read."""
    _, where, instance, identifier, made, expires, lot, serial, kind = row
    devices = _instances(instance, marks, "hl7.prt_device")
    device = devices[0] if devices else Device()
    for known in [i for i in device.ids if i.scheme == "obx18" and _UDI.match(i.value)]:
        if found := udi.read(known.value):
            del device.ids[known]
            device.say("hl7.udi", known.value)
            device.identify(Id("udi" if found.serial else "model_station", known.value))
    number, model = joined(components(serial, marks, 1)), joined(components(identifier, marks, 1))
    device.say("hl7.serial", number)
    device.say("hl7.udi_device_identifier", model)
    if number and re.fullmatch(r"\d{14}", model):
        device.identify(Id("udi", f"(01){model}(21){number}"))
    if number:
        device.identify(Id("serial", number))
    elif model and not device.ids:
        device.identify(Id("model_station", model))
    device.say("hl7.manufacture_date", joined(components(made, marks, 1)))
    device.say("hl7.expiry_date", joined(components(expires, marks, 1)))
    device.say("hl7.lot", joined(components(lot, marks, 1)))
    device.say("hl7.device_type", joined(components(kind, marks, 3)))
    if place := joined(components(where, marks, 4)):
        device.where["hl7.location", place] = None
    return devices or [device]


def _attribute(code: bytes, raw: bytes, device: Device, marks: Marks) -> None:
    parts = components(raw, marks)
    if not parts:
        return
    if code == MODEL:
        device.say("hl7.model", joined(parts))
        return
    value = parts[0]
    if len(parts) > 3:
        digits = eui64(parts[2], parts[3])
    else:  # sixteen decimal digits are a serial number as likely as not
        digits = eui64(value) if len(value.replace("-", "")) == 16 and re.search("[A-Fa-f]", value) else ""
    if not (digits or value):
        return
    system = Id("eui64", digits) if digits else Id("serial", value)
    device.say("hl7.system_id", system.value)
    if not digits:
        device.say("hl7.serial", value)
    device.identify(system)
    device.systems[system] = None


class Spoken:
    """The devices of one message, while its rows are read."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.inside: dict[Place, Device] = {}
        self.apart: list[Device] = []
        self.unnamed = Device()

    def observation(self, row: Row) -> None:
        _, coded, contained, value, instance = row
        code, _, name = coded.partition(self.marks.component)
        at = _CONTAINED.match(text(contained, self.marks))
        own = Device()
        if code in ATTRIBUTES:
            _attribute(code, value, own, self.marks)
        elif code.isdigit() and name.startswith((b"MDC_DEV_", b"NOM_DEV_")):
            part = name.split(self.marks.component, 1)[0].endswith((b"_VMD", b"_CHAN"))
            number = str(int(code[:12]))  # 0 where none is assigned yet
            own.say("hl7.mdc_module" if part else "hl7.mdc_device", "" if number == "0" else number)
        spoken = _instances(instance, self.marks, "hl7.obx18")
        if at is None:
            if spoken:
                spoken[0].take(own)
                self.apart += spoken
            else:
                self.unnamed.take(own)
            return
        place = (at[1], at[2] if int(at[2]) else "0")
        device = self.inside.setdefault(place, own)
        if device is not own:
            device.take(own)
        if spoken:
            device.take(spoken[0])
            self.apart += spoken[1:]

    def devices(self) -> list[Device]:
        """One device per MDS; a VMD whose identifiers contradict the others of its MDS is a device of its own (pumps in
        a rack). Then what was named without containment, joined where identifiers agree."""
        out: list[Device] = []
        places = [*self.inside]
        if len(places) == 1 and len(self.inside[places[0]].systems) < 2:
            out, places = [self.inside[places[0]]], []
        for mds in dict.fromkeys(place[0] for place in places):
            parts = {place: device for place, device in self.inside.items() if place[0] == mds}
            one = _agree(parts)
            whole = Device()
            out.append(whole)
            for (_, vmd), device in parts.items():
                if one or vmd == "0" or not device.ids:
                    whole.take(device)
            for (_, vmd), device in parts.items():
                if not one and vmd != "0" and device.ids:
                    if device.systems:  # OBX-18 of such a row may name the rack
                        device.ids = {known: None for known in device.ids if known not in whole.ids}
                    out.append(device)
        nameless = [device for device in out if not device.ids] if self.apart else []
        for device in self.apart:
            same = next((known for known in out if known.ids.keys() & device.ids.keys()), None)
            if same is None and len(nameless) == 1 and len(self.apart) == 1 and len(out) == 1:
                same = nameless[0]
            if same is None:
                out.append(device)
            else:
                same.take(device)
        return out


def _agree(parts: dict[Place, Device]) -> bool:
    """Whether the MDS and its VMDs are one device: no two different identifiers of one scheme, at most one system id,
    and no VMD with a system id while the MDS has identifiers of its own that the VMD does not repeat."""
    for scheme in ("eui64", "obx18", "serial"):
        sets = {frozenset(i for i in part.ids if i.scheme == scheme) for part in parts.values()}
        if len(sets - {frozenset()}) > 1:
            return False
    if len({system for part in parts.values() for system in part.systems}) > 1:
        return False
    whole = {known for (_, vmd), part in parts.items() if vmd == "0" for known in part.ids}
    return not any(part.systems and whole and not whole & part.ids.keys() for part in parts.values())


def _software(rows: Sequence[Row], sender: About, marks: Marks) -> list[Event]:
    """SFT: the first is the origin's, the others are of programs that passed the message on, the last one nearest."""
    out: list[Event] = []
    for i, (_, maker, version, product, build) in enumerate(rows):
        prefix = "hl7.relay_software" if i else "hl7.software"
        said = (
            (f"{prefix}_maker", joined(components(maker, marks, 1))),
            (f"{prefix}_version", joined(components(version, marks, 1))),
            (f"{prefix}_product", joined(components(product, marks, 1))),
            (f"{prefix}_build", joined(components(build, marks, 1))),
        )
        if fields := tuple(pair for pair in said if pair[1]):
            out.append(Said(About("sender") if i else sender, fields))
    return out


def _told(who: Identity, raw: Sequence[bytes]) -> tuple[Event, ...]:
    """What one message says of its sender's software and of devices."""
    sender, marks = who.sender, who.marks
    host = "receiver" if who.of_receiver else "sender"
    rows: list[Row] = [tuple(row.split(who.separator)) for row in raw]
    out = _software([row for row in rows if row[0] == SOFTWARE], sender, marks)
    message = Spoken(marks)
    place, at_bedside = "", False
    if host == "receiver" and not who.pump_order and any(PUMP in row[1] for row in rows if row[0] == OBSERVATION):
        out.append(PUMP_ORDER)
    for row in rows:
        if row[0] == EQUIPMENT:
            message.apart += _instances(row[1], marks, "hl7.equipment")
        elif row[0] == OBSERVATION:
            message.observation(row)
            at_bedside = at_bedside or b"MDC" in row[1] or row[1] in ATTRIBUTES
        elif row[0] == PARTICIPANT:
            message.apart += _participant(row, marks)
        elif row[0] == PLACE:
            place = joined(components(row[1], marks, 4))
        elif row[0] == ORDER and (digits := eui64(text(row[1], marks))):
            mac = eui64_mac(digits)
            out.append(Said(sender, (("hl7.order_eui64", digits), *((("hl7.order_mac", mac),) if mac else ()))))
    found = message.devices()
    for device in found:
        if device.ids and device.fields:
            where = tuple(device.where) or ((("hl7.location", place),) if place and at_bedside else ())
            behind = tuple(sorted(device.ids))[:VALUES_MAX]
            out.append(Said(About(host, behind=behind), (*device.fields, *where)))
    for device in (*found, message.unnamed):
        # the sender itself, or one of many that it speaks for without naming them: then the bed is all there is
        if device.ids or not device.fields or host != "sender":
            continue
        kinds = dict(list(device.fields))
        if fields := tuple((UNNAMED[name], value) for name, value in device.fields if name in UNNAMED):
            out.append(Said(sender, fields))
        if place and at_bedside:
            model = kinds.get("hl7.model") or kinds.get("hl7.mdc_device", "")
            station = Id("model_station", f"{model} {place}".strip()[:TEXT_MAX])
            out.append(Said(About(host, behind=(station,)), (*device.fields, ("hl7.location", place))))
    return tuple(out)


UNNAMED = {"hl7.model": "hl7.sends_model", "hl7.mdc_device": "hl7.sends_device", "hl7.mdc_module": "hl7.sends_module"}

_groups: Remembered[tuple[Identity, *tuple[bytes, ...]], tuple[Event, ...]]
_groups = Remembered(lambda key: _told(key[0], key[1:]))


def told(who: Identity, rows: Sequence[bytes], size: int) -> tuple[Event, ...]:
    """See `_told`; the same rows come again with every message of a device, so small groups of them are remembered, and
    the same objects are said again. size: bytes in the rows."""
    if size > SIZE_MAX or len(rows) > KEPT_ROWS_MAX:
        return _told(who, rows)
    return _groups[(who, *rows)]
