"""Hosts that speak for analysers, and analysers that speak for themselves. Scenarios written by hand."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from sensor.correlate import networks
from sensor.correlate.device import Device
from sensor.correlate.inventory import devices
from sensor.correlate.knowledge import Knowledge
from sensor.fingerprint.load import load
from sensor.model import Evidence
from sensor.service.inventory import knowledge
from tests.sensor.correlate.scenes import app, at_ip, host, parents, row, value

MAC, IP = "00:11:22:00:00:0a", "10.0.0.5"
XN = ("XN-550", "XN-550^00-24^22723")
DCA = ("DCA VANTAGE", "DCA VANTAGE^04.04.00.00^S067337")


@cache
def rules() -> Knowledge:
    return knowledge(load())


def known(rows: Iterable[Evidence]) -> list[Device]:
    """The devices, by the real rules: they read serial numbers out of senders' names."""
    return devices(rows, (), rules(), networks.Networks(networks.SITE), "main")


def analyser(name: str, head: str) -> list[Evidence]:
    subject = app(MAC, IP, name)
    return [row(subject, "astm.sending_system", head), row(subject, "astm.sends", "results")]


def meter(serial: str) -> list[Evidence]:
    subject = app(MAC, IP, f"StatStrip {serial}")
    return [row(subject, "poct1a.serial", serial), row(subject, "poct1a.vendor", "NOVABIO")]


def test_one_name_is_the_host_itself() -> None:
    (device,) = known([*host(MAC, IP), *analyser(*XN)])
    assert (value(device, "model"), value(device, "serial"), device.applications) == ("XN-550", "22723", ("XN-550",))
    (device,) = known([*host(MAC, IP), *meter("0600100737")])
    assert value(device, "serial") == "0600100737"


def test_several_names_stand_behind_the_host() -> None:
    found = known([*host(MAC, IP), *analyser(*XN), *analyser(*DCA)])
    sender = at_ip(found, IP)
    behind = parents(found, sender)
    assert sorted(value(each, "serial") for each in behind) == ["22723", "S067337"]
    assert (value(sender, "serial"), value(sender, "model"), sender.applications) == ("", "", ())
    assert (sender.kind, value(sender, "role")) == ("lab_middleware", "laboratory_middleware")
    found = known([*host(MAC, IP), *meter("0600100737"), *meter("0600100738")])
    behind = parents(found, at_ip(found, IP))
    assert sorted(value(each, "serial") for each in behind) == ["0600100737", "0600100738"]


def test_the_same_device_of_several_days_and_captures_is_one() -> None:
    again = [row(each.subject, each.observable, each.value, 90_000, origin="ward.pcap#2") for each in analyser(*XN)]
    assert len(known([*host(MAC, IP), *analyser(*XN), *again])) == 1


def test_a_laboratory_system_that_also_sends_orders_is_no_second_analyser() -> None:
    orders = row(app(MAC, IP, "host"), "astm.sending_system", "host")
    (device,) = known([*host(MAC, IP), *analyser(*XN), orders])
    assert value(device, "serial") == "22723"


@pytest.mark.parametrize(("observable", "text"), [("moxa.serial", "4711"), ("comport.role", "server")])
def test_behind_a_serial_server_one_name_is_enough(observable: str, text: str) -> None:
    found = known([*host(MAC, IP), *analyser(*XN), row(app(MAC, IP, ""), observable, text)])
    (behind,) = parents(found, at_ip(found, IP))
    assert value(behind, "serial") == "22723"


def test_who_uses_a_serial_line_is_no_serial_server() -> None:
    client = row(app(MAC, IP, ""), "comport.role", "client")
    (device,) = known([*host(MAC, IP), *analyser(*XN), client])
    assert value(device, "serial") == "22723"
