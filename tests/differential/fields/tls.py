"""TLS over TCP. That of QUIC is compared elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.differential.table import RECEIVER, SENDER, Differs, Frame, Shown, Table, lower

KIND, TIME, ALPN = ("tls.handshake.type", "x509af.utcTime", "tls.handshake.extensions_alpn_str")
SERVER_HELLO, CERTIFICATE, CLIENT_KEY = "2", "11", "16"


def day(place: int) -> Callable[[Frame], Iterator[tuple[str, str]]]:
    """Of the first certificate of a server: from (0) or until when (1) it is valid."""

    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        times = frame.all(TIME)
        kinds = frame.all(KIND)
        if CERTIFICATE in kinds and CLIENT_KEY not in kinds and len(times) > place:
            yield frame.host(SENDER), times[place][:10]

    return read


def chosen(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.all(KIND)[:1] == [SERVER_HELLO]:
        yield from ((frame.host(SENDER), text) for text in frame.all(ALPN)[:1])


GROUP = "said about the receiver, whose hardware address in this capture is a group's"
BEGINNING = "an answer whose beginning tshark takes for a retransmission"
BROKEN = "a certificate whose encoding is broken: nothing but names is saved out of it"
INSIDE = "TLS that begins inside FTP, which tshark does not follow"
DRAFTS = (
    "drafts 14 to 19 of TLS 1.3, whose ServerHello is not that of RFC 8446; those of ours are answers whose beginning "
    "tshark takes for a retransmission"
)
SSL = "mmguero-dev_Malcolm-PCAP__pcaps_protocols_SSL.pcap"
RDP = "TLS that begins inside RDP, which tshark does not follow"
CONSOLE, MISCELLANY = "rdp/tls.pcap", "elcabezzonn_Pcaps__windows_miscellany.pcap.gz"
REMOTE = ("nfstream_nfstream__tests_pcaps_rdp.pcap", "ntop_nDPI__tests_cfgs_default_pcap_rdp.pcap")
TABLE = Table(
    (
        Shown("tls.sni", ("tls.handshake.extensions_server_name",), text=lower, whose=RECEIVER, over=":tcp:"),
        Shown("tls.ja3", ("tls.handshake.ja3",), over=":tcp:"),
        Shown("tls.ja3s", ("tls.handshake.ja3s",), over=":tcp:"),
        Shown("tls.alpn_chosen", (ALPN,), over=":tcp:", needs=(KIND,), read=chosen),
        Shown("tls.certificate_not_before", (TIME,), over=":tcp:", needs=(KIND,), read=day(0)),
        Shown("tls.certificate_not_after", (TIME,), over=":tcp:", needs=(KIND,), read=day(1)),
    ),
    differs=(
        *(Differs(capture, "tls.sni", RDP, ours=("192.168.2.142",)) for capture in REMOTE),
        *(Differs(capture, "tls.ja3", RDP, ours=("e4d448cdfe06dc1243c1eb026c74ac9a",)) for capture in REMOTE),
        *(Differs(capture, "tls.ja3s", RDP, ours=("ae4edc6faf64d08308082ad26be60767",)) for capture in REMOTE),
        Differs(MISCELLANY, "tls.sni", RDP, ours=("win-cnneq7ocuqs.picklesworth.local",)),
        Differs(MISCELLANY, "tls.ja3", RDP, ours=("2201d8e006f8f005a6b415f61e677532",)),
        Differs(MISCELLANY, "tls.ja3s", RDP, ours=("4192c0a946c5bd9b544b4656d9f624a4",)),
        Differs(CONSOLE, "tls.sni", RDP, ours=("10.62.0.10",)),
        Differs(CONSOLE, "tls.ja3", RDP, ours=("a3afc2c46ba4a7d7fbe1cfb7a3031c2f",)),
        Differs(CONSOLE, "tls.ja3s", RDP, ours=("ec74a5c51106f0419184d0dd08fb05bc",)),
        Differs(
            "nfstream_nfstream__tests_pcaps_skype_no_unknown.pcap",
            "tls.ja3s",
            "the client's hello is no TLS, so that tshark takes the answer for SSL 2",
            ours=("9aeeb84942a46257594025306635f0ff",),
        ),
        Differs("ftp/tls.pcap", "tls.ja3", INSIDE, ours=("da2d07d073fb1a692629af125bfe875e",)),
        Differs("ftp/tls.pcap", "tls.ja3s", INSIDE, ours=("e54965894d6b45ecb4323c7ea3d6c115",)),
        Differs(SSL, "tls.sni", GROUP, theirs=("ads1.msads.net",)),
        *(
            Differs(capture, observable, RDP, ours=(text,))
            for place, observable in enumerate(("tls.certificate_not_before", "tls.certificate_not_after"))
            for capture, text in (
                *((capture, ("2019-03-19", "2019-09-18")[place]) for capture in REMOTE),
                (MISCELLANY, ("2016-08-15", "2017-02-14")[place]),
                (CONSOLE, ("2026-11-23", "2036-11-20")[place]),
            )
        ),
        Differs("ftp/tls.pcap", "tls.certificate_not_before", INSIDE, ours=("2026-11-23",)),
        Differs("ftp/tls.pcap", "tls.certificate_not_after", INSIDE, ours=("2036-11-20",)),
        Differs(SSL, "tls.certificate_not_before", BEGINNING, ours=("2015-09-01", "2015-06-03")),
        Differs(SSL, "tls.certificate_not_after", BEGINNING, ours=("2025-09-01", "2015-09-01")),
        Differs(SSL, "tls.certificate_not_before", BROKEN, theirs=("2015-12-04",)),
        Differs(SSL, "tls.certificate_not_after", BROKEN, theirs=("2017-04-17",)),
        Differs(SSL, "tls.alpn_chosen", BEGINNING, ours=("h2",)),
        Differs(
            SSL,
            "tls.ja3s",
            DRAFTS,
            ours=(
                "82cf931f45acd5e7e3aedbc069be2807",
                "907bf3ecef1c987c889946b737b43de8",
                "9aeeb84942a46257594025306635f0ff",
            ),
            theirs=(
                "15af977ce25de452b96affa2addb1036",
                "98608fd44e22395cd5b24412b9b24ba7",
                "9ce213de238ed8aea57e81e02c0e4882",
                "cd05e941742c0d4f628a68716ca021f9",
                "ddc938d7dbdf21719feb5ed34c1d267d",
            ),
        ),
    ),
    decode_as={"tls": "tls"},
)
