"""Events to a SIEM as syslog (RFC 5424) over UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425).

The message is JSON, or CEF (ArcSight Common Event Format), whose reserved characters are escaped.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable

import msgspec

from sensor import __version__
from sensor.correlate.device import Device
from sensor.names import shown
from sensor.push.error import PushError
from sensor.push.events import SEVERITIES, Event
from sensor.times import SECOND_NS, instant

FACILITY = 13  # log audit (RFC 5424, table 1)
WARNING, NOTICE = 4, 5  # severities (table 2)
LOUD = 5  # events from this severity of CEF on are warnings
CONNECT_S = 10.0
DATAGRAM_MAX = 2048  # bytes that every receiver should take (RFC 5426, 3.2)
MICROSECONDS = 26  # characters of a time stamp with them; RFC 5424 allows no more digits


class Syslog:
    """Sends one message an event. how: udp, tcp or tls. form: json or cef."""

    def __init__(self, host: str, port: int, how: str, form: str, ca_file: str = "") -> None:
        self._host, self._port, self._how, self._form = host, port, how, form
        self._ca_file = ca_file
        self._socket: socket.socket | None = None

    def send(self, events: Iterable[Event]) -> None:
        """Raises PushError, which says how many were sent whole. Over UDP nobody says whether a message arrived."""
        taken = 0
        try:
            for event in events:
                message = line(event, self._form)
                if self._how == "udp":
                    self._connected().send(message[:DATAGRAM_MAX])
                else:
                    self._connected().sendall(b"%d " % len(message) + message)
                taken += 1
        except ssl.SSLCertVerificationError as error:
            raise PushError(f"{self._host}: its certificate is not accepted: {error.verify_message}") from None
        except OSError as error:
            self.close()
            reason = error.strerror or type(error).__name__
            says = f"{self._host}:{self._port} cannot be reached: {reason}; push again to go on"
            raise PushError(says, taken) from None

    def close(self) -> None:
        """Ends the connection; the next event opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            if self._how == "udp":
                family, kind, protocol, _, place = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)[0]
                self._socket = socket.socket(family, kind, protocol)
                self._socket.connect(place)
            else:
                self._socket = socket.create_connection((self._host, self._port), CONNECT_S)
            if self._how == "tls":
                context = ssl.create_default_context(cafile=self._ca_file or None)
                self._socket = context.wrap_socket(self._socket, server_hostname=self._host)
        return self._socket


def line(event: Event, form: str) -> bytes:
    """One message. It carries no host name: the receiver knows who we are, and names are not given away."""
    severity = WARNING if SEVERITIES[event.kind] >= LOUD else NOTICE
    time = instant(event.time)[:MICROSECONDS] + "Z"
    head = f"<{FACILITY * 8 + severity}>1 {time} - auscult - {event.kind} - "
    text = cef(event) if form == "cef" else msgspec.json.encode(event.as_object()).decode()
    return (head + shown(text)).encode()


def cef(event: Event) -> str:
    """CEF:0 with the extension keys that every receiver knows."""
    device = event.device
    said = {
        "rt": str(event.time // (SECOND_NS // 1000)),
        "cat": event.kind,
        "deviceExternalId": device.id if device else "",
        "dhost": device.name if device else "",
        "dmac": (device.interfaces[0] if device.interfaces else "") if device else event.subject.mac,
        "dst": _address(device) if device else event.subject.ip,
        "cs1Label": "kind" if device else "",
        "cs1": device.kind if device else "",
        "cs2Label": "site",
        "cs2": event.site,
        "msg": "; ".join(
            f"{name}: {before or '-'} -> {after or '-'}" for name, (before, after) in event.changes.items()
        ),
    }
    head = [_headed(text) for text in ("Auscult", "Sensor", __version__, event.kind, event.kind)]
    extension = " ".join(f"{key}={_extended(value)}" for key, value in said.items() if value)
    return f"CEF:0|{'|'.join(head)}|{SEVERITIES[event.kind]}|{extension}"


def _address(device: Device) -> str:
    return device.addresses[-1].ip if device.addresses else ""


def _headed(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _extended(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\r", " ").replace("\n", "\\n")
