"""What an X.509 certificate in a TLS handshake says of its holder: RFC 5280.

A client's is often a person's: organisation and unit are said, the common name only where it is shaped like a host's.
"""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import NameOID

from parsers.api import TEXT_MAX, Flag
from parsers.x509 import damaged

Field = tuple[str, str]
Reading = tuple[tuple[Field, ...], tuple[Flag, ...], bool]

NAMES_MAX = 16  # alternative names that are said; a device has one to four
KEPT = 2048  # certificates whose reading is kept: a server shows the same one in every handshake
KEPT_SIZE = 4096  # bytes of such a one, so that all of them are at most 8 MiB; 2 KiB are usual
VALUES_MAX = 4  # of one attribute of a name
WEAK_BITS = 2048  # NIST SP 800-131A: RSA and DSA below are no longer allowed
WEAK_CURVE_BITS = 224
WEAK_HASHES = (hashes.MD5, hashes.SHA1)

# All that cryptography raises on malformed certificates: found by mutation, see the test
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

SUBJECT = (
    (NameOID.COMMON_NAME, "tls.certificate_subject_cn"),
    (NameOID.ORGANIZATION_NAME, "tls.certificate_subject_o"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "tls.certificate_subject_ou"),
    (NameOID.SERIAL_NUMBER, "tls.certificate_subject_serial"),
)
ISSUER = (
    (NameOID.COMMON_NAME, "tls.certificate_issuer_cn"),
    (NameOID.ORGANIZATION_NAME, "tls.certificate_issuer_o"),
)
CLIENT = (
    (NameOID.ORGANIZATION_NAME, "tls.client_certificate_o"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "tls.client_certificate_ou"),
)
OF_PERSONS = (
    NameOID.GIVEN_NAME,
    NameOID.SURNAME,
    NameOID.EMAIL_ADDRESS,
    NameOID.PSEUDONYM,
    NameOID.TITLE,
    NameOID.USER_ID,
)

# Three labels, or two of which the last is one that only hosts have: "jean.martin" is a person
HOST_SHAPE = re.compile(
    r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)"
    r"(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,23}|local|lan|internal|intranet|localdomain)",
    re.IGNORECASE,
)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the library's warnings, which come as parts are read: the fault is the device's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def load(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except UNREADABLE:
        return None


def of_server(der: bytes) -> Reading:
    """Fields, findings, and whether it is well-formed. A part that cannot be read is left out."""
    return remembered(der) if len(der) <= KEPT_SIZE else reading(der)


@quiet()
def reading(der: bytes) -> Reading:
    certificate = load(der)
    if certificate is None:
        return tuple(dict.fromkeys(damaged.names(der))), (), False
    parts: tuple[Callable[[x509.Certificate], Iterable[Field]], ...] = (
        subject,
        issuer,
        alternatives,
        validity,
        key,
        digest,
    )
    fields: list[Field] = []
    for part in parts:
        try:
            fields += part(certificate)
        except UNREADABLE:
            continue
    findings: list[Flag] = []
    for finding in (weak_key, self_signed, weak_signature, expired):
        try:
            findings += finding(certificate)
        except UNREADABLE:
            continue
    return tuple(dict.fromkeys(fields)), tuple(findings), True


remembered = functools.lru_cache(maxsize=KEPT)(reading)


@quiet()
def of_client(der: bytes) -> tuple[tuple[Field, ...], bool]:
    """Fields, and whether it is well-formed; else nothing is said. Not remembered: it may be a person's."""
    certificate = load(der)
    if certificate is None:
        return (), False
    try:
        fields = list(texts(certificate.subject, CLIENT))
        if not of_person(certificate):
            common = texts(certificate.subject, ((NameOID.COMMON_NAME, "tls.client_certificate_cn"),))
            fields += [(name, text) for name, text in common if HOST_SHAPE.fullmatch(text)]
    except UNREADABLE:
        return (), False
    return tuple(fields), True


def of_person(certificate: x509.Certificate) -> bool:
    """The subject or an alternative name has parts that only persons have; unreadable ones count as such."""
    if any(certificate.subject.get_attributes_for_oid(oid) for oid in OF_PERSONS):
        return True
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return any(isinstance(name, x509.RFC822Name | x509.OtherName) for name in names)


def texts(name: x509.Name, wanted: Iterable[tuple[x509.ObjectIdentifier, str]]) -> Iterator[Field]:
    for oid, observable in wanted:
        for attribute in name.get_attributes_for_oid(oid)[:VALUES_MAX]:
            value = attribute.value
            text = value.strip("\0 \t\r\n")[:TEXT_MAX] if isinstance(value, str) else ""
            if text:
                yield observable, text


def subject(certificate: x509.Certificate) -> Iterator[Field]:
    return texts(certificate.subject, SUBJECT)


def issuer(certificate: x509.Certificate) -> Iterator[Field]:
    return texts(certificate.issuer, ISSUER)


def alternatives(certificate: x509.Certificate) -> list[Field]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    hosts = names.get_values_for_type(x509.DNSName)
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    known = [name.strip()[:TEXT_MAX] for name in (*hosts, *addresses)]
    return [("tls.certificate_san", name) for name in known if name][:NAMES_MAX]


def validity(certificate: x509.Certificate) -> list[Field]:
    return [
        ("tls.certificate_not_before", certificate.not_valid_before_utc.date().isoformat()),
        ("tls.certificate_not_after", certificate.not_valid_after_utc.date().isoformat()),
    ]


def key(certificate: x509.Certificate) -> list[Field]:
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        text = f"rsa {public.key_size}"
    elif isinstance(public, ec.EllipticCurvePublicKey):
        text = f"ec {public.curve.name}"
    elif isinstance(public, dsa.DSAPublicKey):
        text = f"dsa {public.key_size}"
    elif isinstance(public, ed25519.Ed25519PublicKey):
        text = "ed25519"
    elif isinstance(public, ed448.Ed448PublicKey):
        text = "ed448"
    else:
        return []
    return [("tls.certificate_key", text)]


def digest(certificate: x509.Certificate) -> list[Field]:
    return [("tls.certificate_sha256", certificate.fingerprint(hashes.SHA256()).hex())]


def weak_key(certificate: x509.Certificate) -> list[Flag]:
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey | dsa.DSAPublicKey):
        weak = public.key_size < WEAK_BITS
    else:
        weak = isinstance(public, ec.EllipticCurvePublicKey) and public.key_size < WEAK_CURVE_BITS
    return [Flag("tls.weak_key")] if weak else []


def self_signed(certificate: x509.Certificate) -> list[Flag]:
    """By its names alone; the signature is not checked."""
    return [Flag("tls.self_signed")] if certificate.subject == certificate.issuer else []


def weak_signature(certificate: x509.Certificate) -> list[Flag]:
    """A certificate that signs itself is trusted or not for other reasons than its signature."""
    weak = isinstance(certificate.signature_hash_algorithm, WEAK_HASHES)
    return [Flag("tls.weak_signature")] if weak and certificate.subject != certificate.issuer else []


def expired(certificate: x509.Certificate) -> list[Flag]:
    """From the second on that follows the last one of its validity (RFC 5280 section 4.1.2.5)."""
    return [Flag("tls.expired", since=int(certificate.not_valid_after_utc.timestamp()) + 1)]
