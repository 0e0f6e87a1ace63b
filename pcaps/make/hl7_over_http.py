"""Records pcaps/hl7/over-http.pcap: a gateway posts results to an interface engine, which acknowledges them. Persons
are made up: ZQCANARY.

`python pcaps/make/hl7_over_http.py`. Needs what web.py needs.
"""

from __future__ import annotations

from lab import Lab
from ward_messages import BEDSIDE, reports
from web import curl, network, nginx

ACK = "MSH|^~\\&|ENGINE|HOSP|GATEWAY|MINDRAY|20260101120000||ACK^R01^ACK|ZQCANARY1|P|2.6\rMSA|AA|ZQCANARY1\r"
SITE = """
  location = /hl7 { default_type application/hl7-v2; error_page 405 =200 /ack; return 405; }
  location = /ack { internal; alias FILES/ack; types { } default_type application/hl7-v2; }
"""


def main() -> None:
    with Lab() as lab:
        network(lab, "viewer", "server")
        (lab.files / "ack").write_bytes(ACK.encode())
        nginx(lab, "server", SITE)
        recording = lab.record("switch", "all", "hl7/over-http.pcap", "tcp port 80 or arp")
        for n, text in enumerate(reports("MINDRAY_EGATEWAY^00A037FFFE401041^EUI-64", "MINDRAY", BEDSIDE[:2], 1)):
            path = lab.files / f"{n}.hl7"
            path.write_bytes(text.replace("\n", "\r").encode() + b"\r")
            kind = ("-H", "Content-Type: application/hl7-v2; charset=UTF-8", "--data-binary", f"@{path}")
            curl(lab, *kind, "-A", "Gateway/2.0", "http://10.40.0.80/hl7")
        lab.finish(recording)


if __name__ == "__main__":
    main()
