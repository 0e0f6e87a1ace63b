"""What is new since the last push, to a webhook and to a SIEM: each thing once."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from sensor.config import Secret, Settings
from sensor.config import Syslog as SyslogSection
from sensor.config import Webhook as WebhookSection
from sensor.correlate.device import Device
from sensor.model import Finding, Place
from sensor.push.error import PushError
from sensor.push.events import Event
from sensor.push.record import Record
from sensor.push.run import Outcome, Wanted, run
from sensor.push.syslog import cef
from sensor.push.webhook import SIGNATURE, signature
from tests.push.certificates import server_context
from tests.push.conftest import KINDS, MORNING, Memory, device
from tests.push.server import Answer, Running, serving

SECRET = "zqsecret"
FINDING = Finding(
    site="main",
    sensor="tap",
    origin="x",
    day="2026-01-05",
    subject=device(1).subjects[0],
    finding="dicom.cleartext",
    protocol="dicom",
    count=3,
    first=Place(MORNING, 7),
    last=Place(MORNING, 9),
)


@pytest.fixture
def there() -> Iterator[Running]:
    with serving(lambda _: Answer(204)) as running:
        yield running


def push(settings: Settings, memory: Memory, devices: Sequence[Device], findings: Sequence[Finding] = ()) -> Outcome:
    target = "webhook" if settings.webhook.url else "syslog"
    wanted = Wanted(site="main", devices=devices, findings=findings, kinds=KINDS.get)
    return run(target, wanted, settings, memory, lambda *_: None)


def web(there: Running) -> Settings:
    return Settings(webhook=WebhookSection(url=f"{there.url}/hook", secret=Secret(SECRET), rate=1000.0))


def test_each_thing_once(there: Running, memory: Memory) -> None:
    devices = [device(1), device(2, days_ago="40"), device(3)]
    assert push(web(there), memory, devices, [FINDING]).counts == {"device.new": 3, "finding": 1}
    assert push(web(there), memory, devices, [FINDING]).counts == {}
    back = [device(1, model="MX700"), device(2), device(3, days_ago="31")]
    counts = push(web(there), memory, back, [FINDING]).counts
    assert counts == {"device.changed": 1, "device.returned": 1, "device.silent": 1}
    assert push(web(there), memory, back[:2]).counts == {"device.gone": 1}
    assert push(web(there), memory, back[:2]).counts == {}


def test_what_a_webhook_gets(there: Running, memory: Memory) -> None:
    push(web(there), memory, [device(1, name="MON1")])
    push(web(there), memory, [device(1, name="MON1", serial="S1")], [FINDING])
    first, second, third = there.requests
    assert first.path == "/hook"
    assert first.headers[SIGNATURE] == signature(first.raw, SECRET.encode())
    assert first.body["events"][0]["event"] == "device.new"
    assert first.body["events"][0]["device"]["name"] == "MON1"
    assert second.body["events"][0]["changes"] == {"serial": {"before": "", "after": "S1"}}
    assert third.body["events"][0]["changes"]["finding"]["after"] == "dicom.cleartext"


def test_a_merged_device_is_no_new_one(there: Running, memory: Memory) -> None:
    one, two = device(1), device(2)
    push(web(there), memory, [one, two])
    merged = msgspec.structs.replace(
        one, subjects=one.subjects + two.subjects, interfaces=one.interfaces + two.interfaces
    )
    assert push(web(there), memory, [merged]).counts == {"device.changed": 1}


def test_what_was_not_taken_is_sent_again(memory: Memory) -> None:
    answers = iter([Answer(204), Answer(0, cut=True), Answer(204), Answer(204)])
    with serving(lambda _: next(answers)) as there:
        devices = [device(n) for n in range(1, 61)]  # two requests
        with pytest.raises(PushError, match="push again to go on"):
            push(web(there), memory, devices)
        assert push(web(there), memory, devices).counts == {"device.new": 10}


def test_the_same_told_again_has_the_same_id(memory: Memory) -> None:
    """A webhook that took events and could not say so gets them again, and knows them."""
    answers = iter([Answer(0, cut=True), Answer(204), Answer(204)])
    with serving(lambda _: next(answers)) as there:
        with pytest.raises(PushError):
            push(web(there), memory, [device(1), device(2)])
        push(web(there), memory, [device(1), device(2)])
        push(web(there), memory, [device(1, serial="S1"), device(2)])
    ids = [[event["id"] for event in request.body["events"]] for request in there.requests]
    assert ids[0] == ids[1]
    assert len({*ids[1], *ids[2]}) == 3


def test_a_collector_that_goes_away_gets_nothing_twice(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    class Line:
        def sendall(self, data: bytes) -> None:
            if len(sent) == 7:
                raise BrokenPipeError(32, "Broken pipe")
            sent.append(data)

        def close(self) -> None:
            pass

    devices = [device(n) for n in range(20)]
    collector = Collector()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "create_connection", lambda *_: Line())
        with pytest.raises(PushError, match="Broken pipe; push again to go on"):
            push(syslog(collector.port, "tcp"), memory, devices)
    assert push(syslog(collector.port, "tcp"), memory, devices).counts == {"device.new": 13}
    assert len(collector.messages()) == 13


class Collector:
    """Takes syslog over TCP or TLS, as RFC 6587 frames it."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.got = b""
        self.thread = threading.Thread(target=self.take, args=(context,), daemon=True)
        self.thread.start()

    def take(self, context: ssl.SSLContext | None) -> None:
        try:
            connection, _ = self.socket.accept()
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            while part := connection.recv(65536):
                self.got += part
        except OSError:
            pass

    def messages(self) -> list[bytes]:
        self.thread.join(5)
        self.socket.close()
        found, rest = [], self.got
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(rest[: int(length)])
            rest = rest[int(length) :]
        return found


def syslog(port: int, transport: str, format_: str = "json", ca_file: str = "", host: str = "127.0.0.1") -> Settings:
    return Settings(syslog=SyslogSection(host=host, port=port, transport=transport, format=format_, ca_file=ca_file))  # type: ignore[arg-type]  # one of the three


def test_json_over_tcp(memory: Memory) -> None:
    collector = Collector()
    push(syslog(collector.port, "tcp"), memory, [device(1, name="A"), device(2, name="B\x1b\u202e")], [FINDING])
    messages = collector.messages()
    assert len(messages) == 3
    head, _, text = messages[0].partition(b" - {")
    assert head == b"<108>1 2026-01-05T08:00:00.000000Z - auscult - device.new"
    assert json.loads(b"{" + text)["device"]["name"] == "A"
    assert b"\x1b" not in messages[1]
    assert "\u202e".encode() not in messages[1]


def test_cef_over_udp(memory: Memory) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        push(
            syslog(receiver.getsockname()[1], "udp", "cef"), memory, [device(1, name="a=b|c\\d\ne", kind="ct_scanner")]
        )
        text = receiver.recv(65536).decode()
    assert "CEF:0|Auscult|Sensor|" in text
    assert "|device.new|device.new|5|rt=1767600000000000 " not in text  # milliseconds, not microseconds
    assert "rt=1767600000000 " in text
    assert r"dhost=a\=b|c\\d\ne " in text
    assert "dmac=00:09:fb:00:00:01 dst=10.0.0.1 cs1Label=kind cs1=ct_scanner" in text


def test_cef_of_a_device_behind_a_router() -> None:
    behind = replace(device(1), interfaces=())
    subject = behind.subjects[0]
    text = cef(Event("device.new", MORNING, "main", behind, subject, {}, Record(subject=subject, fields={})))
    assert " dmac=" not in text
    assert " dst=10.0.0.1 " in text


def test_tls_is_verified(memory: Memory, tmp_path: Path) -> None:
    context, certificate = server_context(tmp_path)
    for ca_file, taken in (("", False), (str(certificate), True)):
        collector = Collector(context)
        settings = syslog(collector.port, "tls", ca_file=ca_file)
        if taken:
            push(settings, memory, [device(1)])
            assert len(collector.messages()) == 1
        else:
            with pytest.raises(PushError, match="its certificate is not accepted: self-signed certificate"):
                push(settings, memory, [device(1)])
            collector.socket.close()


def test_nobody_there(memory: Memory) -> None:
    with pytest.raises(PushError, match=r"127.0.0.1:1 cannot be reached: Connection refused; push again to go on"):
        push(syslog(1, "tcp"), memory, [device(1)])
    assert memory.records == {}
    with pytest.raises(PushError, match=r"syslog.host is not set"):
        push(Settings(), memory, [device(1)])
