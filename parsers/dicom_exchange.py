"""What the two ends of a DICOM connection say of themselves and of each other: association, services, equipment.

PS3.8 7.1 (who asks, who answers), PS3.7 clauses 9 and 10. The end that sends the A-ASSOCIATE-RQ is the requestor,
whichever side opened the connection; each thing is said by one side, so "sender" and "receiver" are as seen from there.
"""

from __future__ import annotations

from parsers.api import About, Event, Flag, Odd, Said
from parsers.dicom_association import CONTEXTS_MAX, IDENTITY_TYPES, PASSCODE, Association, read_association
from parsers.dicom_dataset import DEFLATED, Head, syntax_of
from parsers.dicom_dimse import C_STORE, N_GET, read_command, role
from parsers.dicom_equipment import describe, plan_of

ASSOCIATIONS_MAX = 16  # per connection; the standard has one, a connection that is used again has a few
ROLES_MAX = 32  # distinct roles said per direction and association; there are 14 words and two observables

RQ, AC, RJ = 1, 2, 3

DEFAULT_TITLES = frozenset(
    (
        *("ECHOSCU", "STORESCU", "STORESCP", "FINDSCU", "MOVESCU", "GETSCU"),  # DCMTK, by --help
        *("DCMSEND", "DCMRECV", "TERMSCU", "ORTHANC", "DCM4CHEE", "CONQUESTSRV1", "PYNETDICOM"),
    )
)
NOBODYS_TITLE = (
    "ANY-SCP"  # DCMTK's and pynetdicom's programs call so when they are told no title; no server comes with it
)
SCANNER_TITLE = "NMAP_NSE"
SCANNER = ("ECHOSCU", "ANY-SCP", "1.2.276.0.7230010.3.0.3.6.2", "OFFIS_DCMTK_362")  # nmap's dicom.lua, and nothing more

_REJECTIONS = {  # PS3.8 9.3.4: (source, reason)
    (1, 1): "no reason given",
    (1, 2): "application context not supported",
    (1, 3): "calling AE title not recognized",
    (1, 7): "called AE title not recognized",
    (2, 1): "no reason given",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}
WRONG_TITLE = (1, 7)


class Pair:
    """What the two directions of a connection share."""

    __slots__ = (
        "asked",
        "associations",
        "confirmed",
        "requestor",
        "results",
        "rq",
        "said_cleartext",
        "said_unconfirmed",
        "silent",
    )

    def __init__(self) -> None:
        self.associations = 0
        self.silent = True  # no command has been seen yet
        self.requestor = -1  # side that sent the RQ
        self.rq: Association | None = None
        self.results: dict[int, tuple[int, str]] | None = None
        self.confirmed = False  # the called title was answered by an AC
        self.said_cleartext = False
        self.said_unconfirmed = False
        self.asked = ["", ""]  # per side: SOP class of its last N-GET, which the answer need not repeat (PS3.7 10.3.2)

    def renew(self, side: int, rq: Association | None) -> None:
        """A new association begins on `side`."""
        self.associations += 1
        self.requestor = side
        self.rq = rq
        self.results = None
        self.confirmed = self.said_cleartext = self.said_unconfirmed = False
        self.asked = ["", ""]

    def about(self, side: int, seen_from: int) -> About:
        """The application of a side, as an utterance of the other or of itself."""
        title = ""
        if self.rq is not None:
            if side == self.requestor:
                title = self.rq.calling
            elif self.confirmed:
                title = self.rq.called
        return About("sender" if side == seen_from else "receiver", title)


class Speaker:
    """One side of the connection."""

    def __init__(self, pair: Pair, side: int) -> None:
        self._pair = pair
        self._side = side
        self._roles: set[tuple[str, str]] = set()
        self._generation = 0

    def end(self, out: list[Event]) -> None:
        pair = self._pair
        if self._side != pair.requestor:
            return
        self._unconfirmed(out)
        if (rq := pair.rq) is None or not pair.silent:
            return  # DCMTK's echoscu opens with the same words as a scanner, but then it sends its echo
        if (rq.calling, rq.called, rq.implementation_uid, rq.implementation_version) == SCANNER:
            out.append(Flag("dicom.scanner", pair.about(self._side, self._side)))

    def command(self, data: bytes, context: int, out: list[Event]) -> tuple[bool, Head | None]:
        """A whole command set has arrived. Gives back: does a data set follow, and what reads it, if it is wanted."""
        pair = self._pair
        command = read_command(data)
        if command is None:
            out.append(Odd("dicom.bad_command"))
            return True, None
        pair.silent = False
        sop_class = command.sop_class
        if command.service == N_GET:
            if not command.is_answer:
                pair.asked[self._side] = sop_class
            elif not sop_class:
                sop_class = pair.asked[1 - self._side]
        if not sop_class and pair.rq is not None:
            sop_class = pair.rq.abstract.get(context, "")
        if self._generation != pair.associations:
            self._generation = pair.associations
            self._roles.clear()
        if not pair.said_cleartext:  # an association that began before the capture
            self._cleartext(out)
        fields = []
        done = role(command.field, command.status, sop_class)
        if done[0] and done not in self._roles and len(self._roles) < ROLES_MAX:
            self._roles.add(done)
            fields.append(done)
        if command.move_destination and not command.is_answer:
            fields.append(("dicom.move_destination", command.move_destination))
        if command.move_originator and command.field == C_STORE:
            fields.append(("dicom.move_originator", command.move_originator))
        if fields:
            out.append(Said(pair.about(self._side, self._side), tuple(fields)))
        plan = plan_of(command.field, sop_class)
        if not command.has_data or plan is None:
            return command.has_data, None
        result = pair.results.get(context) if pair.results else None
        if result is not None:
            return True, Head(plan, syntax_of(result[1]))
        might_be = DEFLATED if pair.rq is not None and context in pair.rq.deflated else None
        return True, Head(plan, None, might_be)

    def describe(self, head: Head, out: list[Event]) -> None:
        out.extend(describe(head, self._pair.about(self._side, self._side).application))

    def association(self, kind: int, body: bytes, out: list[Event]) -> None:
        if kind == RQ:
            self._request(read_association(body), out)
        elif kind == AC:
            self._accept(read_association(body), out)
        else:
            self._reject((body[2], body[3]), out)

    def _request(self, rq: Association, out: list[Event]) -> None:
        pair = self._pair
        if pair.requestor >= 0:
            self._unconfirmed(out, pair.requestor)
        if pair.associations >= ASSOCIATIONS_MAX:
            out.append(Odd("dicom.too_many_associations"))
            return
        # An AC that came first: the mirror swapped the directions
        early = pair.results if pair.rq is None and pair.requestor == self._side and pair.silent else None
        pair.renew(self._side, rq)
        about = pair.about(self._side, self._side)
        if rq.odd:
            out.append(Odd(rq.odd))
        fields = [("dicom.calling_ae", rq.calling)] if rq.calling else []
        fields += _stack(rq)
        proposed = list(dict.fromkeys(rq.abstract.values()))[:CONTEXTS_MAX]
        if proposed:
            fields.append(("dicom.proposed_count", str(len(proposed))))
        fields += [("dicom.proposed_sop_class", name) for name in proposed]
        if rq.provides:
            fields.append(("dicom.role_selection", "provider"))
        if rq.identity in IDENTITY_TYPES:
            fields.append(("dicom.user_identity", IDENTITY_TYPES[rq.identity]))
        if fields:
            out.append(Said(about, tuple(fields)))
        if rq.identity == PASSCODE:
            out.append(Flag("dicom.passcode", about))
        if rq.calling in DEFAULT_TITLES:
            out.append(Flag("dicom.default_ae", about))
        if SCANNER_TITLE in (rq.calling, rq.called):
            out.append(Flag("dicom.scanner", about))
        if early is not None:
            pair.results = early
            self._matched(out)

    def _accept(self, ac: Association, out: list[Event]) -> None:
        pair = self._pair
        if pair.requestor == self._side:
            out.append(Odd("dicom.answered_itself"))
            return
        if pair.results is not None:
            out.append(Odd("dicom.accepted_twice"))
            return
        if pair.rq is None:
            pair.requestor = 1 - self._side
        pair.results = ac.results
        if ac.odd:
            out.append(Odd(ac.odd))
        if pair.rq is not None:
            self._matched(out, _stack(ac))
        else:
            if fields := _stack(ac):
                out.append(Said(pair.about(self._side, self._side), tuple(fields)))
            self._cleartext(out)

    def _matched(self, out: list[Event], fields: list[tuple[str, str]] | None = None) -> None:
        """RQ and AC have both been seen: the called title is confirmed, results get their SOP classes."""
        pair = self._pair
        rq, results = pair.rq, pair.results
        if rq is None or results is None:
            return
        pair.confirmed = True
        about = pair.about(1 - pair.requestor, self._side)
        said = [("dicom.called_ae", rq.called)] if rq.called else []
        said += fields or []
        accepted: dict[str, None] = {}
        refused: dict[str, None] = {}
        for context, (result, _) in results.items():
            if name := rq.abstract.get(context):
                if result == 0:
                    accepted[name] = None
                elif result == 3:
                    refused[name] = None
        if accepted:
            said.append(("dicom.accepted_count", str(len(accepted))))
        said += [("dicom.accepted_sop_class", name) for name in accepted]
        said += [("dicom.refused_sop_class", name) for name in refused if name not in accepted]
        if said:
            out.append(Said(about, tuple(said)))
        self._cleartext(out)
        if rq.called in DEFAULT_TITLES:
            out.append(Flag("dicom.default_ae", about))
        if rq.called == NOBODYS_TITLE or rq.calling == SCANNER_TITLE:
            out.append(Flag("dicom.any_ae", about))

    def _reject(self, why: tuple[int, int], out: list[Event]) -> None:
        pair = self._pair
        if pair.requestor == self._side:
            out.append(Odd("dicom.answered_itself"))
            return
        reason = _REJECTIONS.get(why, f"source {why[0]} reason {why[1]}")
        out.append(Said(pair.about(self._side, self._side), (("dicom.rejects", reason),)))
        if why == WRONG_TITLE:
            pair.said_unconfirmed = True  # that is not its name
        self._unconfirmed(out, pair.requestor)

    def _unconfirmed(self, out: list[Event], requestor: int = -1) -> None:
        """The title under which the acceptor was called, where no AC came back."""
        pair = self._pair
        requestor = self._side if requestor < 0 else requestor
        if pair.rq is None or pair.confirmed or pair.said_unconfirmed or not pair.rq.called:
            return
        pair.said_unconfirmed = True
        host = "receiver" if self._side == requestor else "sender"
        out.append(Said(About(host), (("dicom.called_ae_unconfirmed", pair.rq.called),)))

    def _cleartext(self, out: list[Event]) -> None:
        """Once per association, about the acceptor; where nobody saw the RQ, that is the server."""
        pair = self._pair
        if pair.said_cleartext:
            return
        pair.said_cleartext = True
        acceptor = 1 - pair.requestor if pair.requestor >= 0 else 1
        out.append(Flag("dicom.cleartext", pair.about(acceptor, self._side)))


def _stack(pdu: Association) -> list[tuple[str, str]]:
    found = []
    if pdu.implementation_uid:
        found.append(("dicom.implementation_uid", pdu.implementation_uid))
    if pdu.implementation_version:
        found.append(("dicom.implementation_version", pdu.implementation_version))
    if pdu.max_pdu >= 0:
        found.append(("dicom.max_pdu", str(pdu.max_pdu)))
    if pdu.window:
        found.append(("dicom.async_window", pdu.window))
    return found
