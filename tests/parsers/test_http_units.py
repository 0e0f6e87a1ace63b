"""Bodies that HTTP hands on, and NTLMSSP in its log-ins. Written by hand from RFC 9110 and RFC 9112."""

from __future__ import annotations

import base64
import gzip

import pytest

from parsers.api import CARRIED_MAX
from parsers.http import SPEC
from parsers.http_body import IMAGE_HEAD_MAX, LONG_MAX
from tests.parsers.harness import Segment, cut, said
from tests.parsers.test_ntlmssp import authenticate, challenge, negotiate, pair

SIZES = (1, 7, 64, 1460)
SOAP = b"<s:Envelope>ZQCANARY</s:Envelope>"


def message(start: str, *headers: str, body: bytes = b"", length: bool = True) -> bytes:
    lengths = [f"Content-Length: {len(body)}"] if length else []
    return "".join(f"{line}\r\n" for line in (start, *headers, *lengths, "")).encode() + body


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))[:-2] + b"\r\n"


def post(kind: str, body: bytes, *, target: str = "/x", headers: tuple[str, ...] = ()) -> bytes:
    return message(f"POST {target} HTTP/1.1", f"Content-Type: {kind}", *headers, body=body)


def carried(segments: list[Segment]) -> list[tuple[object, ...]]:
    """What is handed on, the same in every cut and however advice is heeded."""
    whole = said(SPEC, segments)
    for size in SIZES:
        for obey in ("never", "at once", "late"):
            assert said(SPEC, cut(segments, size), obey) == whole
    return [event[1:] for event in whole if event[0] == "carried"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/ipp",
        "application/soap+xml",
        "text/xml",
        "application/xml",
        "application/fhir+json",
        "application/fhir+xml",
        "application/hl7-v2",
        "x-application/hl7-v2+er7",
    ],
)
def test_bodies_of_named_media_types_are_handed_on_whole(kind: str) -> None:
    client = post(f"{kind.upper()} ; charset=utf-8", SOAP) + post("text/plain", SOAP) + post(kind, b"<second/>")
    assert carried([(0, 0, client)]) == [(f"http:{kind}", SOAP), (f"http:{kind}", b"<second/>")]


def test_answers_too_and_in_chunks() -> None:
    head = message("HTTP/1.1 200 OK", "Content-Type: application/ipp", "Transfer-Encoding: chunked", length=False)
    server = head + chunked(b"\1\1\0\0", b"attributes") + message("HTTP/1.1 200 OK", "Server: x")
    assert carried([(1, 0, server)]) == [("http:application/ipp", b"\1\1\0\0attributes")]


def test_xml_that_goes_on_until_the_end_of_the_connection() -> None:
    head = message("HTTP/1.0 200 OK", "Content-Type: text/xml", length=False)
    assert carried([(1, 0, head + SOAP)]) == [("http:text/xml", SOAP)]
    assert carried([(1, 0, head + SOAP + bytes(CARRIED_MAX))]) == []
    assert carried([(1, 0, message("HTTP/1.0 200 OK", "Content-Type: text/plain", length=False) + SOAP)]) == []


@pytest.mark.parametrize(
    ("target", "handed_on"),
    [("/fhir/Device", True), ("/api/FHIR/r4/Device?_id=fhir", True), ("/fhirish/", False), ("/x?a=/fhir/", False)],
)
def test_json_is_handed_on_where_the_path_says_fhir(target: str, handed_on: bool) -> None:
    body = b'{"resourceType":"Device"}'
    client = post("application/json", body, target=target)
    answer = message("HTTP/1.1 200 OK", "Content-Type: application/json", body=b"{}")
    request = b"POST " + target.partition("?")[0].encode() + b"\ncontent-type: application/json"
    found = [("http:request", request), ("http:application/json", body), ("http:application/json", b"{}")]
    found = found if handed_on else []
    assert carried([(0, 0, client), (1, 0, answer)]) == found
    assert carried([(1, 0, answer)]) == []  # what was asked for is not known


@pytest.mark.parametrize(
    "server",
    [
        message("HTTP/1.1 200 OK", "Content-Type: text/xml", "Content-Encoding: br", body=SOAP),
        message("HTTP/1.1 206 Partial Content", "Content-Type: text/xml", body=SOAP),
        message("HTTP/1.1 200 OK", "Content-Type: text/xml", body=b""),
        message("HTTP/1.1 200 OK", "Content-Type: application/ipp", length=False) + SOAP,  # whole or not?
        message("HTTP/1.1 200 OK", "Content-Type: text/xml", body=SOAP)[:-1],
        message("HTTP/1.1 200 OK", body=SOAP),
    ],
)
def test_otherwise_compressed_partial_empty_and_unbounded_bodies_are_not(server: bytes) -> None:
    assert carried([(1, 0, server)]) == []


def test_the_longest_body_and_one_byte_more() -> None:
    for size in (CARRIED_MAX, CARRIED_MAX + 1):
        body = b"x" * size
        half = size // 2
        pieces = message("POST /x HTTP/1.1", "Content-Type: text/xml", "Transfer-Encoding: chunked", length=False)
        for client in (post("text/xml", body), pieces + chunked(body[:half], body[half:])):
            segments: list[Segment] = [(0, 0, client + post("text/xml", b"<next/>"))]
            events = said(SPEC, cut(segments, 1460))
            assert events == said(SPEC, segments) == said(SPEC, cut(segments, 1460), "at once")
            units = [event[2] for event in events if event[0] == "carried"]
            assert units == ([body] if size == CARRIED_MAX else []) + [b"<next/>"]
            assert (("odd", "http.unit_too_long") in events) == (size > CARRIED_MAX)


@pytest.mark.parametrize("kind", ["application/dicom", 'multipart/related; type="application/dicom"; boundary=x'])
@pytest.mark.parametrize("size", [IMAGE_HEAD_MAX - 1, IMAGE_HEAD_MAX, IMAGE_HEAD_MAX + 3000])
def test_of_an_image_the_beginning_is_handed_on(kind: str, size: int) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    pieces = message("POST /x HTTP/1.1", f"Content-Type: {kind}", "Transfer-Encoding: chunked", length=False)
    found = [(f"http:{kind.partition(';')[0]}", body[:IMAGE_HEAD_MAX])]
    for client in (post(kind, body), pieces + chunked(body[:700], body[700:])):
        assert carried([(0, 0, client + post("text/xml", b"<next/>"))]) == [*found, ("http:text/xml", b"<next/>")]
    to_the_end = message("HTTP/1.1 200 OK", f"Content-Type: {kind}", length=False) + body
    assert carried([(1, 0, to_the_end)]) == found


def test_parts_that_are_not_of_dicom_are_not_handed_on() -> None:
    assert carried([(0, 0, post('multipart/related; type="application/xop+xml"; boundary=x', SOAP))]) == []


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP "])
def test_compressed_bodies_are_handed_on_plain(coding: str) -> None:
    packed = gzip.compress(SOAP, mtime=0)
    body = post("text/xml", packed, headers=(f"Content-Encoding: {coding}",)) + post("text/xml", b"<next/>")
    assert carried([(0, 0, body)]) == [("http:text/xml", SOAP), ("http:text/xml", b"<next/>")]
    head = message("HTTP/1.1 200 OK", "Content-Type: text/xml", f"Content-Encoding: {coding}", length=False)
    assert carried([(1, 0, head + packed)]) == [("http:text/xml", SOAP)]


@pytest.mark.parametrize(
    ("packed", "odd"),
    [
        (gzip.compress(SOAP, mtime=0)[:-1], "http.bad_encoding"),
        (gzip.compress(SOAP, mtime=0)[:12] + b"\xff" * 40, "http.bad_encoding"),
        (SOAP, "http.bad_encoding"),
        (gzip.compress(bytes(CARRIED_MAX + 1), mtime=0), "http.unit_too_long"),
        (gzip.compress(bytes(100_000_000), mtime=0), "http.unit_too_long"),
    ],
)
def test_what_does_not_unpack_to_a_body_is_not(packed: bytes, odd: str) -> None:
    client = post("text/xml", packed, headers=("Content-Encoding: gzip",)) + post("text/xml", b"<next/>")
    whole = said(SPEC, [(0, 0, client)])
    assert whole == [("odd", odd), ("carried", "http:text/xml", b"<next/>")]
    assert said(SPEC, cut([(0, 0, client)], 17)) == said(SPEC, cut([(0, 0, client)], 17), "at once") == whole


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_long_description_an_excerpt_is_handed_on(packed: bool) -> None:
    """Its systems with their metadata, whatever else it tells. Of other types, or over a size, nothing is."""
    part = b'<Vmd Handle="ZQCANARY"><Type Code="1"/></Vmd>' * 3000
    name = b"http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"
    inside = b"<MetaData><SerialNumber>S1</SerialNumber></MetaData><PatientContext>ZQCANARY</PatientContext>"
    body = b'<Mds xmlns="' + name + b'">' + part + inside + b"</Mds>"
    assert CARRIED_MAX < len(body) < LONG_MAX
    sent = gzip.compress(body, mtime=0) if packed else body
    coding = ("Content-Encoding: gzip",) if packed else ()
    ((carrier, excerpt),) = carried([(0, 0, post("application/soap+xml", sent, headers=coding))])
    assert carrier == "http:application/soap+xml"
    assert isinstance(excerpt, bytes)
    assert b">S1<" in excerpt
    assert b"ZQCANARY" not in excerpt
    assert len(excerpt) < 1024
    assert carried([(0, 0, post("text/xml", sent, headers=coding))]) == []
    endless = body + b" " * LONG_MAX
    longer = gzip.compress(endless, mtime=0) if packed else endless
    assert said(SPEC, cut([(0, 0, post("application/soap+xml", longer, headers=coding))], 1460)) == [
        ("odd", "http.unit_too_long")
    ]


def test_a_body_with_a_hole_is_not_handed_on_and_the_next_one_is() -> None:
    client = post("text/xml", SOAP) + post("text/xml", b"<next/>")
    end = len(post("text/xml", SOAP))
    segments: list[Segment] = [(0, 0, client[: end - 20]), (0, end - 10, client[end - 10 :])]
    assert [event[2] for event in said(SPEC, segments) if event[0] == "carried"] == [b"<next/>"]


def token(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate", "ntlm"])
@pytest.mark.parametrize("proxy", ["", "Proxy-"])
def test_ntlmssp_in_a_log_in(scheme: str, proxy: str) -> None:
    names = challenge(pair(1, "WEB3"), pair(3, "web3.wards.example"))
    ask = "GET / HTTP/1.1"
    client = message(ask, f"{proxy}Authorization: {scheme} {token(negotiate())}", length=False)
    client += message(ask, f"{proxy}Authorization: {scheme} {token(authenticate('US7'.encode('utf-16-le')))}")
    refused = "407 Proxy Authentication Required" if proxy else "401 Unauthorized"
    name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
    server = message(f"HTTP/1.1 {refused}", f"{name}: {scheme} {token(b'around' + names)}", "Server: x/1")
    events = said(SPEC, [(0, 0, client), (1, 0, server)])
    fields = {field for event in events if event[0] == "said" for field in event[2]}  # type: ignore[attr-defined]  # pairs
    assert fields - {("http.auth_scheme", scheme)} == {
        ("http.ntlm_version", "6.1.7601"),
        ("http.ntlm_workstation", "US7"),
        ("http.ntlm_computer", "WEB3"),
        ("http.ntlm_fqdn", "web3.wards.example"),
        ("http.server", "x/1"),
    }
    assert "zqcanary" not in repr(events).lower()


def test_other_tokens_say_nothing() -> None:
    for value in ("Negotiate YIIZQCANARY", "NTLM ====", "NTLM", "Negotiate " + token(b"kerberos"), "Bearer ZQCANARY"):
        events = said(SPEC, [(0, 0, message("GET / HTTP/1.1", f"Authorization: {value}"))])
        assert [event for event in events if event[0] != "odd"] == []
        assert "zqcanary" not in repr(events).lower()
