"""What HTTP carries for others: units of other protocols in bodies, NTLMSSP in headers. RFC 9110; MS-NTHT, MS-N2HT."""

from __future__ import annotations

import binascii

from parsers import ntlmssp
from parsers.api import Event, Odd
from parsers.http_heads import Headers

# Media types whose bodies are handed on, as http:<media type>. RFC 8010 (IPP), RFC 3902 (SOAP), RFC 7303 (XML), FHIR R4
# section 3.1.0 (its own types), HL7 over HTTP of HAPI.
HANDED_ON = frozenset(
    {
        "application/fhir+json",
        "application/fhir+xml",
        "application/hl7-v2",
        "application/ipp",
        "application/soap+xml",
        "application/xml",
        "text/xml",
        "x-application/hl7-v2+er7",
    }
)
JSON = "application/json"  # handed on where the path says that it is FHIR
LOGINS = frozenset({b"authorization", b"proxy-authorization", b"www-authenticate", b"proxy-authenticate"})
NTLM_SCHEMES = frozenset({b"ntlm", b"negotiate"})


def unit_type(headers: Headers, *, fhir: bool) -> str:
    """The media type under which a body is handed on, or ""; what is compressed is not."""
    kind = ""
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            return ""
        if name == b"content-type":
            kind = value.split(b";", 1)[0].strip().lower().decode("latin-1")
    return kind if kind in HANDED_ON or (kind == JSON and fhir) else ""


def says_fhir(target: bytes) -> bool:
    """Whether one of the parts of a path is fhir."""
    return b"fhir" in target.partition(b"?")[0].lower().split(b"/")


def login(name: bytes, value: bytes) -> tuple[bytes, tuple[Event, ...]]:
    """A header of a log-in without its token, and what NTLMSSP in that says of the sender."""
    scheme, _, token = value.strip().partition(b" ")
    if name not in LOGINS or scheme.lower() not in NTLM_SCHEMES or not token:
        return value, ()
    try:
        return scheme, ntlmssp.read(binascii.a2b_base64(token.strip()), "http")
    except binascii.Error:
        return scheme, (Odd("http.ntlm_malformed"),)
