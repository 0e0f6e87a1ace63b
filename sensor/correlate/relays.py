"""Site facts, third: hosts that speak of other devices, and the one case in which a host speaks of itself.

An archive sends the images of many scanners, a gateway the values of many monitors, an interface engine the messages of
many applications. What such a host speaks of becomes a device behind it. Only a host that spoke of exactly one device,
and that also behaves as the device would, is that device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from sensor.correlate.groups import Groups
from sensor.correlate.ids import Key, contradict
from sensor.model import Evidence, Subject

OWN_SERVICES = frozenset({"worklist", "mpps", "commit"})  # what only a device that makes images asks for
STATION_AES = frozenset({"dicom.station_ae", "dicom.scheduled_station_ae", "dicom.performed_station_ae"})
RESULTS = ("ORU^", "OUL^")  # types of messages with values of others (HL7 v2.5.1 chapters 7 and 13)
WORD_MIN = 5  # letters and digits of a model's first word; shorter ones stand in too many titles
CALLED = ("hl7.model", "hl7.obx18_model", "hl7.equipment_model")
ENGINE_APPLICATIONS = 3  # sending applications of one host: a system has one or two (test and live), an engine many
CONTRIBUTIONS = frozenset({"dicom.contribution", "dicomweb.contribution"})
MODELS, STATIONS = ("dicom.model", "dicomweb.model"), ("dicom.station_name", "dicomweb.station_name")
IMAGES = frozenset({"dicom", "dicomweb"})  # protocols of objects that a device made
VALUES = frozenset({"hl7", "fhir"})  # and of what devices measured


class Spoken(Struct):
    """One component subject as one host speaks of it."""

    subject: Subject
    via: str  # owner of the host, or "" where it is not known
    rows: list[Evidence]
    keys: frozenset[Key]


class Component(Struct):
    """One device that one host speaks of: subjects that share an identifier."""

    node: str
    via: str
    spoken: list[Spoken]
    keys: frozenset[Key]

    @property
    def rows(self) -> list[Evidence]:
        return [row for each in self.spoken for row in each.rows]

    def protocols(self) -> set[str]:
        return {row.protocol for row in self.rows}

    def texts(self, *observables: str) -> set[str]:
        return {" ".join(row.value.casefold().split()) for row in self.rows if row.observable in observables}

    def contributed_only(self) -> bool:
        """Named only as having had a hand in objects that others made."""
        return all(any(row.observable in CONTRIBUTIONS for row in each.rows) for each in self.spoken)


class Relay(Struct, frozen=True):
    """A host that speaks for others: makers of objects, devices behind HL7, or applications."""

    images: int = 0
    devices: int = 0
    applications: int = 0
    why: str = ""


def components_of(via: str, *spoken: Spoken) -> list[Component]:
    """Joins what one host says of one device."""
    of_via = sorted(spoken, key=lambda each: each.subject)
    groups = Groups()
    shared = not_identifying(of_via, via)
    first: dict[Key, int] = {}
    for at, each in enumerate(of_via):
        for key in each.keys - shared if via else {key for key in each.keys if key.everywhere}:
            groups.join(str(at), str(first.setdefault(key, at)), "")
    parts = [
        Component(
            f"c{via} {of_via[int(members[0])].subject!r}",
            via,
            [of_via[int(at)] for at in members],
            frozenset().union(*(of_via[int(at)].keys for at in members)) - shared,
        )
        for members in groups.members(str(at) for at in range(len(of_via))).values()
    ]
    return sorted(without_serial_joined(parts), key=lambda each: each.node)


def not_identifying(spoken: Sequence[Spoken], via: str) -> frozenset[Key]:
    """EUI-64s that one host says of several devices: its own, written beside each of theirs, or a shared filler."""
    by_key: dict[Key, list[Spoken]] = {}
    for each in spoken:
        for key in each.keys:
            if key.scheme == "eui64":
                by_key.setdefault(key, []).append(each)
    found = set()
    for key, sayers in by_key.items():
        schemes = ("serial", "uuid", "udi", "obx18") if "m" + key.mac == via else ("serial", "uuid")
        first = sayers[0].keys
        if any(contradict(first, each.keys, schemes) for each in sayers[1:]):
            found.add(key)
    return frozenset(found)


def without_serial_joined(parts: list[Component]) -> list[Component]:
    """Objects that lack a serial number (screen captures, dose reports) belong to the one device of that maker, model
    and station that the same host also names with its serial number."""
    by_model: dict[str, list[Component]] = {}
    for part in parts:
        if any(key.scheme == "serial" for key in part.keys):
            for model in part.texts(*MODELS):
                by_model.setdefault(model, []).append(part)
    out = []
    for part in parts:
        match = same_station(part, by_model)
        if match is None:
            out.append(part)
        else:
            match.spoken.extend(part.spoken)
            match.keys |= part.keys
    return out


def same_station(part: Component, by_model: Mapping[str, list[Component]]) -> Component | None:
    """The one named device that these objects can be of; None where none or several fit."""
    if {key.scheme for key in part.keys} != {"model_station"}:
        return None
    models, stations = part.texts(*MODELS), part.texts(*STATIONS)
    makers = {key.maker for key in part.keys}
    fits: Component | None = None
    for named in by_model.get(min(models), ()) if len(models) == 1 else ():
        theirs = named.texts(*STATIONS)
        numbered = {key.maker for key in named.keys if key.scheme == "serial"}
        if makers & (numbered | {""}) and (not stations or not theirs or stations & theirs):
            if fits is not None:
                return None
            fits = named
    return fits


def relay_of(rows: Iterable[Evidence], behind: Sequence[Component]) -> Relay:
    """What a host speaks for, by what it said itself and whom it spoke of."""
    images = sum(bool(IMAGES & each.protocols()) and not each.contributed_only() for each in behind)
    devices = sum(bool(VALUES & each.protocols()) for each in behind)
    applications = len({row.value for row in rows if row.observable == "hl7.sending_application"})
    parts = []
    if images > 1:
        parts.append(f"sent objects that {images} devices made")
    if devices > 1:
        parts.append(f"sent values of {devices} devices")
    if applications >= ENGINE_APPLICATIONS:
        parts.append(f"sent messages of {applications} applications")
    return Relay(images, devices, applications, " and ".join(parts))


def itself(rows: Sequence[Evidence], behind: Sequence[Component]) -> tuple[Component, str] | None:
    """The component that the host is, and why; None where no rule says so."""
    return by_objects(rows, behind) or by_results(rows, behind)


def by_results(rows: Sequence[Evidence], behind: Sequence[Component]) -> tuple[Component, str] | None:
    """It speaks of one device alone, whose model is what it calls itself in its messages, and takes in no results."""
    applications = {row.value for row in rows if row.observable == "hl7.sending_application"}
    if len(behind) != 1 or len(applications) != 1 or "hl7" not in behind[0].protocols():
        return None
    component, application = behind[0], min(applications)
    takes_in = any(row.observable == "hl7.receives_type" and row.value.startswith(RESULTS) for row in rows)
    if takes_in or " ".join(application.casefold().split()) not in component.texts(*CALLED):
        return None
    return component, f"sent values of one device alone, a {application}, and calls itself that"


def by_objects(rows: Sequence[Evidence], behind: Sequence[Component]) -> tuple[Component, str] | None:
    """All must hold: one maker, model and serial in all that it sent; it asked for a worklist, reported a procedure
    step or asked for commitment, or calls itself by the station or the model in its objects; the station titles given
    are its own; nothing that it sent was fetched through it; it takes in no objects of others.
    """
    made = [each for each in behind if "dicom" in each.protocols() and not each.contributed_only()]
    if len(made) != 1:
        return None
    component = made[0]
    asked = {row.value for row in rows if row.observable == "dicom.role_request"} & OWN_SERVICES
    provided = {row.value for row in rows if row.observable == "dicom.role_provide"}
    relayed = any(row.observable == "dicom.move_originator" for row in [*rows, *component.rows])
    titles = {row.value for row in rows if row.observable == "dicom.calling_ae"}
    named = next((title for title in sorted(titles) if is_named(title, component)), "") if len(titles) == 1 else ""
    if not (asked or named) or relayed or "store" in provided:
        return None
    stations = {row.value for row in [*rows, *component.rows] if row.observable in STATION_AES}
    if stations and titles and not stations & titles:
        return None
    keys = ", ".join(key.text() for key in sorted(component.keys)) or "one device"
    agreed = f", station title {min(stations & titles)} is its own" if stations & titles else ""
    how = f"asked for {', '.join(sorted(asked))} itself" if asked else f"calls itself {named} as they do"
    return component, f"sent objects of {keys} alone, and {how}{agreed}"


def is_named(title: str, component: Component) -> bool:
    """A title that is the station of the objects, or the first word of their model and at most a number, is that of
    their maker: a relay has one of its own."""
    bare = plain(title)
    stations = {plain(station) for station in component.texts(*STATIONS)}
    words = {plain(model.partition(" ")[0]) for model in component.texts(*MODELS)}
    return bare in stations or any(len(word) >= WORD_MIN and bare.rstrip("0123456789") == word for word in words)


def plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
