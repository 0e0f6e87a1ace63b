"""What HTTP carries for others: units of other protocols in bodies, NTLMSSP in headers. RFC 9110; MS-NTHT, MS-N2HT."""

from __future__ import annotations

import binascii
import re

from parsers import ntlmssp
from parsers.api import Event, Odd
from parsers.http_body import COMPRESSED, IMAGES, Body
from parsers.http_heads import Headers

# Media types whose bodies are handed on, as http:<media type>. RFC 8010 (IPP), RFC 3902 (SOAP), RFC 7303 (XML), FHIR R4
# section 3.1.0 (its own types), DICOM PS3.18 section 8.7.3 (JSON), HL7 over HTTP of HAPI.
HANDED_ON = frozenset(
    {
        "application/dicom+json",
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
JSON = "application/json"  # handed on where the path says that it is FHIR or DICOM
REQUEST = "http:request"  # method and path of a request, without its query, and its media types
LOGINS = frozenset({b"authorization", b"proxy-authorization", b"www-authenticate", b"proxy-authenticate"})
NTLM_SCHEMES = frozenset({b"ntlm", b"negotiate"})

# Resources of DICOMweb (PS3.18 table 10.1-1), WADO-URI (9.1), FHIR: who reads the request decides whether it is one
_MEDICAL = re.compile(rb"/(?:studies|series|instances|workitems|wado|aets|metadata|Device)(?=/|\Z)")


def handed_on(headers: Headers, *, medical: bool) -> Body | None:
    """The body that follows, if it is handed on. One with several parts is where it is of DICOM by its path, or by its
    parameter `type` (PS3.18 section 8.6.1.2.1)."""
    kind, coding = "", b""
    for name, value in headers:
        if name == b"content-encoding":
            coding = value.strip().lower()
        elif name == b"content-type":
            kind = value.split(b";", 1)[0].strip().lower().decode("latin-1")
            medical = medical or b"application/dicom" in value.lower()
    if coding not in (b"", b"identity", *COMPRESSED):
        return None
    if kind in HANDED_ON or (medical and kind in (JSON, *IMAGES)):
        return Body(kind, compressed=coding in COMPRESSED)
    return None


def medical(method: bytes, target: bytes) -> bytes:
    """A request line as it is handed on, if it may be one of DICOMweb or FHIR, or b"". Of the query only
    requestType=WADO, which says what the request is."""
    path, _, query = target.partition(b"?")
    wado = b"requestType=WADO" in query.split(b"&") if query else False
    if not wado and _MEDICAL.search(path) is None and b"fhir" not in path.lower().split(b"/"):
        return b""
    return method + b" " + path + (b"?requestType=WADO" if wado else b"")


def request_unit(line: bytes, headers: Headers) -> bytes:
    """The same with the media types."""
    types = (name + b": " + value for name, value in headers if name in (b"accept", b"content-type"))
    return b"\n".join((line, *types))


def login(name: bytes, value: bytes) -> tuple[bytes, tuple[Event, ...]]:
    """A header of a log-in without its token, and what NTLMSSP in that says of the sender."""
    scheme, _, token = value.strip().partition(b" ")
    if name not in LOGINS or scheme.lower() not in NTLM_SCHEMES or not token:
        return value, ()
    try:
        return scheme, ntlmssp.read(binascii.a2b_base64(token.strip()), "http")
    except binascii.Error:
        return scheme, (Odd("http.ntlm_malformed"),)
