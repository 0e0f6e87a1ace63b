"""What is told of devices whose protocols are all in TLS: what is known, how little that is, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sensor.cli.main import main

PCAPS = Path(__file__).parents[2] / "pcaps"
LESS_SURE = "what is said of it is less sure"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same sort of CT twice: one that stores in clear, one that stores over TLS; and a gateway all in TLS."""
    url = f"sqlite:///{tmp_path_factory.mktemp('encrypted')}/x.db"
    captures = [
        str(PCAPS / "dicom/ct-to-archive.pcap"),
        *(str(PCAPS / f"encrypted/{n}.pcap") for n in ("ct", "gateway")),
    ]
    assert CliRunner().invoke(main, ["read", *captures, "--db", url]).exit_code == 0
    return url


def told(database: str, *words: str) -> str:
    done = CliRunner().invoke(main, ["devices", *words, "--db", database])
    assert done.exit_code == 0, done.output
    return done.stdout


def device(database: str, ip: str) -> dict[str, Any]:
    listed = [json.loads(line) for line in told(database, "list", "--json").splitlines()]
    (found,) = (each for each in listed if ip in {address["ip"] for address in each["addresses"]})
    return dict(found)


@pytest.mark.parametrize(
    ("ip", "service"),
    [("10.50.0.64", "tls at port 2762, as DICOM usually has"), ("10.50.1.20", "tls at port 2575, as HL7 usually has")],
)
def test_the_reason_stands_in_the_card_and_in_why(database: str, ip: str, service: str) -> None:
    for command in ("show", "why"):
        text = told(database, command, device(database, ip)["id"])
        assert f"% of what was seen of it: {service}" in text
        assert LESS_SURE in text


def test_what_is_known_is_shown_and_no_more(database: str) -> None:
    found = device(database, "10.50.0.64")
    assert found["kind"] == "unknown"
    assert found["attributes"]["hostname"]["value"] == "ct64"  # DHCP
    assert found["attributes"]["network_maker"]["value"] == "Siemens Healthineers"  # its address
    assert not {"model", "serial", "station", "software", "modality"} & found["attributes"].keys()
    gateway = device(database, "10.50.1.20")
    assert gateway["kind"] == "unknown"
    assert "tls.client_certificate_o = Philips" in told(database, "why", gateway["id"], "manufacturer")


def test_the_same_maker_is_less_sure_where_little_can_be_read(database: str) -> None:
    clear = device(database, "10.20.1.11")["attributes"]
    hidden = device(database, "10.50.0.64")["attributes"]
    assert clear["manufacturer"]["value"] == hidden["manufacturer"]["value"] == "Siemens Healthineers"
    assert hidden["manufacturer"]["confidence"] < 0.5 < 0.9 < clear["manufacturer"]["confidence"]
    assert LESS_SURE not in told(database, "show", device(database, "10.20.1.11")["id"])
