"""Kinds and roles out of what a host does: each decision is votes with a rule id, on the rows that it rests on.

What a node asks for and what it provides says more than any name: only a modality asks for a worklist, only an archive
takes in objects of every kind and answers queries for them. Where the acts fit several kinds, none is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sensor.correlate.believe import Vote
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.relays import ENGINE_APPLICATIONS, Component, Relay
from sensor.correlate.tunnels import converts
from sensor.model import Evidence

STORAGE = "1.2.840.10008.5.1.4.1.1."  # every standard storage SOP class, of whatever kind (PS3.6 table A-1)
ARCHIVE_CLASSES = 20  # storage classes accepted: a workstation or a modality takes in those of its own work
FORWARDER_CLASSES = 20  # storage classes proposed: no device makes objects of so many
EVIDENCE_MAX = 8  # rows shown for one decision

MODALITY_FIELDS = ("dicom.scheduled_modality", "dicom.performed_modality")
PUMPS = frozenset({"enteral_pump", "infusion_pump", "infusion_rack", "insulin_pump", "pca_pump", "syringe_pump"})
LINES = frozenset({"chemistry_immuno_system", "lab_automation"})  # analysers that consist of several
SENDING = "astm.sending_system"
ANALYSER = "laboratory_analyser"
LABORATORY = ("OUL^R21", "OUL^R22", "OUL^R23")  # HL7 v2.5.1 chapter 13: unsolicited results of an analyser


SERVICES = (
    ("dhcp.server", "dhcp_server"),
    ("dhcpv6.server", "dhcp_server"),
    ("dns.server", "dns_server"),
    ("dhcp.dns_server", "dns_server"),
    ("dhcpv6.dns_server", "dns_server"),
    ("nd.dns_server", "dns_server"),
)
IMAGES = frozenset(
    {
        "dicom.role_request",
        "dicom.role_provide",
        "dicom.accepted_sop_class",
        "dicom.proposed_sop_class",
        *MODALITY_FIELDS,
    }
)
PUMP_ORDERS = "hl7.receives_profile"  # IHE PCD-03, the only profile of which it is said who takes it in
MESSAGES = frozenset({"hl7.sending_application", "hl7.message_type", "hl7.receives_type", PUMP_ORDERS})
SERVED = frozenset(observable for observable, _ in SERVICES)
DONE = IMAGES | MESSAGES | SERVED  # what decisions rest on


class Acts:
    """The rows of one device, by what is done in them."""

    def __init__(self, rows: Iterable[Evidence]) -> None:
        self._rows: dict[str, dict[str, list[Evidence]]] = {}
        for row in rows:
            if row.observable in DONE:
                self._rows.setdefault(row.observable, {}).setdefault(row.value, []).append(row)

    def any(self, observables: frozenset[str]) -> bool:
        return not observables.isdisjoint(self._rows)

    def values(self, observable: str) -> set[str]:
        return set(self._rows.get(observable, ()))

    def rows(self, observable: str, *values: str) -> list[Evidence]:
        """The rows with these values, or all."""
        of = self._rows.get(observable, {})
        return [row for value in values or sorted(of) for row in of.get(value, ())]

    def starting(self, observable: str, *heads: str) -> list[Evidence]:
        return [
            row
            for value in sorted(self.values(observable))
            if value.startswith(heads)
            for row in self.rows(observable, value)
        ]


def decide(
    rows: Sequence[Evidence],
    relay: Relay,
    behind: Sequence[Component],
    own: Sequence[Component],
    knowledge: Knowledge,
) -> list[Vote]:
    """All votes on a host. behind: devices that it speaks of and is not; own: the one that it is."""
    acts = Acts(chain(rows, (row for component in own for row in component.rows)))
    found: list[Vote] = []
    if acts.any(IMAGES) or relay.images > 1:
        found += images(acts, relay, knowledge)
        found += provided(acts)
    if acts.any(MESSAGES) or relay.devices > 1:
        found += messages(acts, rows, relay, behind, own, knowledge)
    found += analysers(rows, behind)
    if acts.any(SERVED):
        found += services(acts)
    return found


def votes(attribute: str, value: str, weight: float, rule: str, rows: Iterable[Evidence]) -> Iterator[Vote]:
    """The same vote on each row: the rule is the source, so that it counts once."""
    ranked = sorted(rows, key=lambda row: (row.first, row.observable, row.value, row.subject, row.source, row.origin))
    seen: set[tuple[str, str]] = set()
    for row in ranked:
        if (row.observable, row.value) not in seen and len(seen) < EVIDENCE_MAX:
            seen.add((row.observable, row.value))
            yield Vote(attribute, value, weight, rule, row, rule)


def images(acts: Acts, relay: Relay, knowledge: Knowledge) -> Iterator[Vote]:
    """Who makes, keeps, hands on and looks at objects."""
    asks, provides = acts.values("dicom.role_request"), acts.values("dicom.role_provide")
    accepted = {uid for uid in acts.values("dicom.accepted_sop_class") if uid.startswith(STORAGE)}
    proposed = {uid for uid in acts.values("dicom.proposed_sop_class") if uid.startswith(STORAGE)}
    taking = acts.rows("dicom.role_provide", "store")
    classes = acts.rows("dicom.accepted_sop_class", *sorted(accepted)) if accepted else []
    if "store" in provides and "find" in provides:
        sure = 0.85 if provides & {"move", "get", "commit"} else 0.8
        rows = [*taking, *acts.rows("dicom.role_provide", "commit", "find", "get", "move")]
        yield from votes("kind", "pacs_archive", sure, "role:store+query", rows)
        yield from votes("role", "image_archive", sure, "role:store+query", rows)
    elif "find" in provides and provides & {"move", "get"}:
        rows = acts.rows("dicom.role_provide", "find", "get", "move")
        yield from votes("kind", "pacs_archive", 0.7, "role:query+retrieve", rows)
        yield from votes("role", "image_archive", 0.7, "role:query+retrieve", rows)
    elif "store" in provides and "commit" in provides:
        rows = acts.rows("dicom.role_provide", "commit", "store")
        yield from votes("kind", "pacs_archive", 0.7, "role:store+commit", rows)
        yield from votes("role", "image_archive", 0.7, "role:store+commit", rows)
    elif "store" in provides and "store" in asks and relay.images > 1:
        rows = [*taking, *acts.rows("dicom.role_request", "store")]
        yield from votes("kind", "dicom_router", 0.6, "role:store+forward", rows)
        yield from votes("role", "dicom_router", 0.6, "role:store+forward", rows)
    elif "find" in asks and "worklist" not in asks and not provides - {"store", "echo"}:
        rows = acts.rows("dicom.role_request", "find", "get", "move")
        yield from votes("kind", "diagnostic_workstation", 0.5, "role:query", rows)
        yield from votes("role", "viewer", 0.5, "role:query", rows)
    looks_up = bool(asks & {"find", "move", "get"}) and "find" not in provides  # a viewer takes in what it asked for
    if len(accepted) >= ARCHIVE_CLASSES and not looks_up:
        weight = 0.7 if len(accepted) < 2 * ARCHIVE_CLASSES else 0.8
        if relay.images > 1 and "store" in asks and not provides & {"find", "move", "get", "commit"}:
            weight = 0.4  # a router takes in everything too; nobody asked this one for what it keeps
        yield from votes("kind", "pacs_archive", weight, "role:accepts-all", classes)
    if relay.images > 1:
        yield from votes("role", "relay", 0.9, "relay:images", [*acts.rows("dicom.role_request", "store"), *taking])
    if relay.images <= 1 and len(proposed) < FORWARDER_CLASSES and "store" not in provides:
        yield from modality(acts, proposed, asks, knowledge)


def modality(acts: Acts, proposed: set[str], asks: set[str], knowledge: Knowledge) -> Iterator[Vote]:
    """A node that makes objects: what it says it makes, or else what it offers to send."""
    own = asks & {"worklist", "mpps", "commit"}
    said = {value for name in MODALITY_FIELDS for value in acts.values(name)}
    by_class = {uid: made for uid in proposed if (made := knowledge.modality(uid))}
    for makes, how in ((said, "said"), (set(by_class.values()), "sends")):
        kinds = knowledge.kinds(makes)
        if not kinds:
            continue
        rows = [row for name in MODALITY_FIELDS for row in acts.rows(name)] if how == "said" else []
        if how == "sends":
            rows = acts.rows("dicom.proposed_sop_class", *sorted(by_class))
        if own & {"worklist", "mpps"}:
            rule = f"role:worklist+{'+'.join(sorted(makes)).lower()}"
            yield from shared(kinds, 0.8, rule, [*acts.rows("dicom.role_request", *sorted(own)), *rows])
        elif own:
            rule = f"role:commit+{'+'.join(sorted(makes)).lower()}"
            yield from shared(kinds, 0.6, rule, [*acts.rows("dicom.role_request", *sorted(own)), *rows])
        elif "find" not in asks:
            yield from shared(kinds, 0.4, f"role:store+{'+'.join(sorted(makes)).lower()}", rows)
        return


def shared(kinds: Sequence[str], weight: float, rule: str, rows: Sequence[Evidence]) -> Iterator[Vote]:
    """Kinds that make the same objects share the weight: what they do tells none from the other."""
    for kind in kinds:
        yield from votes("kind", kind, weight / len(kinds), rule, rows)


def provided(acts: Acts) -> Iterator[Vote]:
    """Who answers worklists, prints and burns."""
    provides = acts.values("dicom.role_provide")
    if "worklist" in provides:
        rows = acts.rows("dicom.role_provide", "worklist")
        fed = acts.starting("hl7.receives_type", "ORM", "OMI", "OMG", "ADT")
        if "mpps" in provides:
            rows = [*rows, *acts.rows("dicom.role_provide", "mpps")]
            yield from votes("kind", "ris_server", 0.6, "role:worklist+mpps", rows)
        elif fed:
            yield from votes("kind", "worklist_broker", 0.7, "role:worklist+orders", [*rows, *fed])
        else:
            yield from votes("kind", "worklist_broker", 0.55, "role:worklist", rows)
    if "print" in provides:
        yield from votes("kind", "film_printer", 0.7, "role:print", acts.rows("dicom.role_provide", "print"))
    if "media" in provides:
        yield from votes("kind", "media_publisher", 0.7, "role:media", acts.rows("dicom.role_provide", "media"))


def best_said(rows: Iterable[Evidence], attribute: str, knowledge: Knowledge) -> str:
    """What these rows say most credibly, by the rules; "" where they say nothing of it."""
    found = [
        (row.weight * claim.weight, claim.value)
        for row in rows
        for claim in knowledge.claims(row.observable, row.value)
        if claim.attribute == attribute
    ]
    return max(found, default=(0.0, ""))[1]


def is_line(rows: Sequence[Evidence], spoken: Sequence[Component], knowledge: Knowledge) -> bool:
    """Whether a host calls itself an analyser, and all that it speaks of is of its own maker: these are its modules."""
    kind, maker = best_said(rows, "kind", knowledge), best_said(rows, "manufacturer", knowledge)
    if not maker or not (kind in LINES or kind.endswith("_analyser")):
        return False
    return all(best_said(each.rows, "manufacturer", knowledge) == maker for each in spoken)


def only_results(types: Iterable[str]) -> bool:
    """Whether who sends messages of these types sends results of analysers, and nothing else of its own."""
    own = {each for each in types if not each.startswith("ACK")}
    return bool(own) and own.issubset(LABORATORY)


def measured(spoken: Component, knowledge: Knowledge) -> Iterator[Vote]:
    """What a device is of which a host speaks that sends results of analysers alone, if nothing tells it better."""
    if "hl7" in spoken.protocols() and not best_said(spoken.rows, "kind", knowledge):
        yield from votes("kind", ANALYSER, 0.5, "behind:sends-results", spoken.rows)


def messages(
    acts: Acts,
    rows: Sequence[Evidence],
    relay: Relay,
    behind: Sequence[Component],
    own: Sequence[Component],
    knowledge: Knowledge,
) -> Iterator[Vote]:
    """Who speaks HL7 for whom, by the types of messages (HL7 v2.5.1 chapter 2.17, IHE PCD TF-1)."""
    spoken = [component for component in behind if "hl7" in component.protocols()]
    if relay.applications >= ENGINE_APPLICATIONS:
        senders = acts.rows("hl7.sending_application")
        both = acts.values("hl7.message_type") & acts.values("hl7.receives_type")
        weight = 0.8 if both else 0.7
        senders = [*senders, *acts.rows("hl7.receives_type", *sorted(both))] if both else senders
        yield from votes("kind", "interface_engine", weight, "relay:applications", senders)
        yield from votes("role", "interface_engine", weight, "relay:applications", senders)
        return
    laboratory = acts.rows("hl7.message_type", *LABORATORY)
    orders = acts.rows("hl7.receives_type", "RGV^O15")
    kinds = {best_said(each.rows, "kind", knowledge) for each in spoken} if orders else set()
    pumps = bool(kinds & PUMPS) and kinds <= PUMPS | {""}  # who is only named in an order shows no kind
    if relay.devices > 1 and laboratory:
        weight = 0.3 if is_line(rows, spoken, knowledge) else 0.6
        yield from votes("kind", "lab_middleware", weight, "relay:analysers", laboratory)
        yield from votes("role", "laboratory_middleware", weight, "relay:analysers", laboratory)
    elif relay.devices > 1:
        told = [row for component in spoken for row in component.rows]
        weight = 0.4 if own or pumps else 0.7  # a monitor also speaks of what is plugged into it
        yield from votes("kind", "device_integration_gateway", weight, "relay:devices", told)
        yield from votes("role", "device_gateway", 0.7, "relay:devices", told)
    elif only_results(acts.values("hl7.message_type")) and not acts.rows("hl7.receives_type", *LABORATORY):
        if not best_said(rows, "kind", knowledge):
            yield from votes("kind", ANALYSER, 0.5, "role:sends-results", laboratory)
    elif registered := acts.starting("hl7.message_type", "ADT^", "SIU^"):
        yield from votes("kind", "ehr_server", 0.4, "role:registration", registered)
    if alarms := acts.rows("hl7.receives_type", "ORU^R40"):
        yield from votes("kind", "alarm_server", 0.5, "role:alarms", alarms)
        yield from votes("role", "alarm_manager", 0.5, "role:alarms", alarms)
    if orders and relay.devices > 1 and pumps:
        told = [*orders, *(row for component in spoken for row in component.rows)]
        yield from votes("kind", "infusion_server", 0.8, "role:pump-orders+pumps", told)
    elif ordered := [*acts.rows(PUMP_ORDERS), *(orders if pumps else ())]:  # what people give is ordered so, too
        yield from votes("kind", "infusion_server", 0.5, "role:pump-orders", ordered)
    if results := acts.rows("hl7.receives_type", *LABORATORY):
        yield from votes("kind", "lab_information_system", 0.4, "role:laboratory-results", results)


def analysers(rows: Sequence[Evidence], behind: Sequence[Component]) -> Iterator[Vote]:
    """Who hands on what several analysers sent in ASTM: a middleware, unless it is known as a serial server."""
    sending = [row for each in behind for row in each.rows if row.observable == SENDING]
    if len({row.subject.application for row in sending}) > 1 and not converts(rows):
        yield from votes("kind", "lab_middleware", 0.5, "relay:senders", sending)
        yield from votes("role", "laboratory_middleware", 0.5, "relay:senders", sending)


def services(acts: Acts) -> Iterator[Vote]:
    """Who serves the network: a role, and not a kind, for a router and a domain controller serve too."""
    for observable, role in SERVICES:
        yield from votes("role", role, 0.8, f"role:{role}", acts.rows(observable))
