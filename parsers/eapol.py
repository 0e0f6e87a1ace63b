"""EAP over LANs: who asks to be let in, and who decides. IEEE 802.1X-2020 clause 11; RFC 3748 section 4 and 5.

  0 version 1   1 type 1   2 length 2   4 body
  type 0 EAP: code 1 (1 request, 2 response, 3 success, 4 failure), id 1, length 2, method 1, data
  type 3 key: descriptor 1, information 2 (bit 7: the other side is to answer, IEEE 802.11-2020 clause 12.7.2)

The method's number is all that is read of a conversation: identities, challenges and keys are never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import u16

EAP, START, LOGOFF, KEY, ALERT, KEY_AGREEMENT = range(6)
TYPES = {EAP: "eap", START: "start", LOGOFF: "logoff", KEY: "key", ALERT: "alert", KEY_AGREEMENT: "macsec"}
VERSIONS = (1, 2, 3)
REQUEST, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
RSN, WPA = 2, 254  # descriptors of the keys of wireless networks
KEY_ACK = 0x0080
SUPPLICANT, AUTHENTICATOR = "supplicant", "authenticator"

# The Extensible Authentication Protocol registry of IANA; 1 to 3 are identity, notification and refusal, no methods
METHODS = {
    4: "md5",
    5: "otp",
    6: "gtc",
    13: "tls",
    17: "leap",
    18: "sim",
    21: "ttls",
    23: "aka",
    25: "peap",
    26: "mschapv2",
    43: "fast",
    50: "aka-prime",
    52: "pwd",
    55: "teap",
}
NO_METHOD = (1, 2, 3)
WEAK = {"md5": Flag("eapol.md5"), "leap": Flag("eapol.leap")}


def probe(first: bytes) -> bool:
    return len(first) >= 4 and first[0] in VERSIONS and first[1] in TYPES and u16(first, 2) <= len(first) - 4


def read(data: bytes) -> Sequence[Event]:
    if len(data) < 4 or data[0] not in VERSIONS or data[1] not in TYPES:
        return (Odd("eapol.malformed"),)
    if u16(data, 2) > len(data) - 4:
        return (Odd("eapol.cut"),)
    kind = data[1]
    fields = [("eapol.version", str(data[0])), ("eapol.message", TYPES[kind])]
    role, method = "", ""
    if kind in (START, LOGOFF):
        role = SUPPLICANT
    elif kind == EAP and len(data) >= 8:
        role = SUPPLICANT if data[4] == RESPONSE else AUTHENTICATOR if data[4] in (REQUEST, SUCCESS, FAILURE) else ""
        if data[4] in (REQUEST, RESPONSE) and len(data) > 8 and data[8] not in NO_METHOD:
            method = METHODS.get(data[8], str(data[8]))
    elif kind == KEY and len(data) >= 7 and data[4] in (RSN, WPA):
        role = AUTHENTICATOR if u16(data, 5) & KEY_ACK else SUPPLICANT
    fields += [(name, text) for name, text in (("eapol.role", role), ("eapol.method", method)) if text]
    said = Said(SENDER, tuple(fields))
    return (said, WEAK[method]) if method in WEAK else (said,)


SPEC = DatagramSpec(
    name="eapol",
    title="EAP over LAN (802.1X)",
    carriers=frozenset({"ethertype:888e"}),
    probe=probe,
    read=read,
    emits={"eapol.version": 0.5, "eapol.message": 0.3, "eapol.role": 0.7, "eapol.method": 0.7},
    findings={
        "eapol.md5": "Network access by EAP-MD5, whose passwords can be guessed from what was overheard.",
        "eapol.leap": "Network access by LEAP, whose passwords can be guessed from what was overheard.",
    },
    never_reads="identities, challenges, certificates and keys",
)
