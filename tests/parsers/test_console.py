"""Setup screens of serial servers, as the sources that parsers/screens.py names show them."""

from __future__ import annotations

import pytest

from parsers import console, telnet
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, one_way, said

MOXA = (
    b"\r\n-----------------------------------------------------------------------------\r\n"
    b"Model name       : NPort 5650-8-DT-J\r\nMAC address      : 00:90:E8:38:0A:28\r\nSerial No.       : 7137\r\n"
    b"Firmware version : 2.2 Build 11090613\r\nSystem uptime    : 0 days, 12h:41m:04s\r\n"
    b"-----------------------------------------------------------------------------\r\n\r\n"
    b"Please keyin your password: ZQCANARY\r\n"
)
LANTRONIX = (
    b"\r\n*** Lantronix Universal Device Server ***\r\nSerial Number 1234567  MAC address 00204A123456\r\n"
    b"Software version 05.8 (030509) LTX\r\n\r\nPress Enter to go into Setup Mode\r\n"
)
SHORT = b"*** Lantronix XPort Device Server ***\nMAC address 00204A7F0102\nSoftware version V6.5.0.7 (080128)\n"
OF_MOXA = ("NPort 5650-8-DT-J", "00:90:e8:38:0a:28", "7137", "2.2 Build 11090613")
OF_LANTRONIX = ("Lantronix Universal Device Server", "00:20:4a:12:34:56", "1234567", "05.8 (030509) LTX")
OF_XPORT = ("Lantronix XPort Device Server", "00:20:4a:7f:01:02", "", "V6.5.0.7 (080128)")


def told(protocol: str, texts: tuple[str, ...]) -> tuple[object, ...]:
    names = (f"{protocol}.{name}" for name in ("model", "mac", "serial", "firmware"))
    return about("sender", *(field for field in zip(names, texts, strict=True) if field[1]))


@pytest.mark.parametrize(
    ("screen", "texts"), [(MOXA, OF_MOXA), (LANTRONIX, OF_LANTRONIX), (SHORT, OF_XPORT)], ids=["moxa", "uds", "xport"]
)
def test_a_screen_tells_which_device_it_is(screen: bytes, texts: tuple[str, ...]) -> None:
    assert console.SPEC.probe(screen) is True
    segments = one_way(screen, 1)
    assert said(console.SPEC, segments) == [told("console", texts)]
    for size in (1, 7, 40):
        assert said(console.SPEC, cut(segments, size)) == [told("console", texts)]
    assert said(console.SPEC, one_way(screen, 0)) == []


def test_the_same_over_telnet() -> None:
    asks = bytes.fromhex("fffd18 fffb03")
    events = said(telnet.SPEC, one_way(asks + MOXA, 1))
    options = ("telnet.options", "do 24,will 3")
    (utterance,) = (event for event in events if event[0] == "said")
    assert utterance == about("sender", options, *told("telnet", OF_MOXA)[2])  # type: ignore[misc]  # a tuple of fields
    assert "ZQCANARY" not in repr(events)


@pytest.mark.parametrize("size", range(len(SHORT[:60])))
def test_it_waits_for_enough(size: int) -> None:
    assert console.SPEC.probe(SHORT[:size]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"Welcome to Acme\r\n",
        b"*** Acme Device Server ***\r\nMAC address 00204A7F0102\r\n",
        b"*** Lantronix " + b"x" * 300,
        b"-" * 300,
        b"Model: NPort\r\n",
        b"\r\n" * 200,
        b"* OK IMAP4\r\n",
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert console.SPEC.probe(data) is False


@pytest.mark.parametrize(
    "screen",
    [
        LANTRONIX.replace(b"MAC address", b"MAC addresses"),
        SHORT.replace(b"Software version V6.5.0.7 (080128)", b"ZQCANARY"),
    ],
)
def test_a_screen_of_another_form_tells_nothing(screen: bytes) -> None:
    assert said(console.SPEC, one_way(screen, 1)) == []
