"""Records pcaps/onvif/camera.pcap: curl asks something like a camera what it is. Persons are made up: ZQCANARY.

`python pcaps/make/onvif.py`. Needs root, iproute2, tcpdump, curl. No program here serves ONVIF: Python's web server
gives the answer that device management's WSDL (http://www.onvif.org/ver10/device/wsdl) describes.
"""

from __future__ import annotations

import sys
import time

from lab import Lab
from services import SERVER, USER, pair

SPACES = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
ANSWER = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope {SPACES}><s:Body><tds:GetDeviceInformationResponse>'
    "<tds:Manufacturer>Acme Vision</tds:Manufacturer><tds:Model>DC-200</tds:Model>"
    "<tds:FirmwareVersion>5.6.8 build 240521</tds:FirmwareVersion><tds:SerialNumber>AV-004711</tds:SerialNumber>"
    "<tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse></s:Body></s:Envelope>"
)
ASKED = (
    f"<s:Envelope {SPACES}><s:Header><Security><UsernameToken><Username>{USER}</Username></UsernameToken></Security>"
    "</s:Header><s:Body><tds:GetDeviceInformation/></s:Body></s:Envelope>"
)
SERVE = f"""
from http.server import BaseHTTPRequestHandler, HTTPServer

class Camera(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
        self.send_header("Content-Length", "{len(ANSWER)}")
        self.end_headers()
        self.wfile.write({ANSWER.encode()!r})

HTTPServer(("{SERVER[1]}", 80), Camera).serve_forever()
"""


def main() -> None:
    with Lab() as lab:
        pair(lab)
        lab.start("server", sys.executable, "-c", SERVE)
        time.sleep(1)
        recording = lab.record("client", "server", "onvif/camera.pcap", "tcp port 80 or arp")
        ask = ("-s", "-H", "Content-Type: application/soap+xml", "-d", ASKED)
        print(lab.run("client", "curl", *ask, f"http://{SERVER[1]}/onvif/device_service", check=False)[:300])
        lab.finish(recording)


if __name__ == "__main__":
    main()
