"""Address blocks. Expected holders are those of the IEEE listing (MA-L, MA-M, MA-S), looked up by hand."""

from __future__ import annotations

import importlib.util
import zlib
from pathlib import Path
from types import ModuleType

import pytest

from sensor.fingerprint.load import read
from sensor.fingerprint.oui import MAGIC, Makers, Oui, OuiError, digits

PRINTS = read()
MAKER = Path(__file__).parents[3] / "deploy" / "make-oui.py"


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_oui", MAKER)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made(entries: dict[str, str]) -> Oui:
    packed: bytes = builder().packed(entries)
    return Oui(f"{MAGIC}; 2026-01-02 from a test\n".encode() + zlib.compress(packed))


@pytest.mark.parametrize(
    ("mac", "holder"),
    [
        ("00:09:5c:00:00:01", "Philips Medical Systems"),  # 24 bits
        ("00:a0:37:12:34:56", "Mindray"),
        ("dc:36:43:4a:bc:de", "Fresenius Medical Care"),  # 28 bits: DC:36:43:4
        ("f0:23:b9:b1:23:45", "Q Core Medical"),  # F0:23:B9:B
        ("70:b3:d5:20:c1:23", "Siemens Healthcare Diagnostics"),  # 36 bits: 70:B3:D5:20:C
        ("00:50:c2:2e:01:23", "Baxter"),  # 00:50:C2:2E:0
    ],
)
def test_the_holder_of_a_block(mac: str, holder: str) -> None:
    found = PRINTS.oui.maker(mac)
    assert found.casefold().startswith(holder.casefold()), found


def test_the_neighbour_of_a_short_block_is_another_holder() -> None:
    assert "siemens" not in PRINTS.oui.maker("70:b3:d5:20:d1:23").casefold()
    assert "fresenius" not in PRINTS.oui.maker("dc:36:43:5a:bc:de").casefold()


def test_the_longest_prefix_wins() -> None:
    oui = made({"70B3D5": "Whole", "70B3D52": "Part", "70B3D520C": "Small"})
    assert oui.maker("70:b3:d5:20:cf:ff") == "Small"
    assert oui.maker("70:b3:d5:20:d0:00") == "Part"
    assert oui.maker("70:b3:d5:30:00:00") == "Whole"
    assert oui.maker("70:b3:d6:00:00:00") == ""


def test_a_block_that_nobody_public_holds_hides_the_wider_one() -> None:
    oui = made({"70B3D5": "Whole", "70B3D52": "Private\nsomewhere", "0011AA": "IEEE Registration Authority\nNJ"})
    assert oui.maker("70:b3:d5:2f:ff:ff") == ""
    assert oui.maker("00:11:aa:00:00:00") == ""


def test_names_are_the_first_line_alone() -> None:
    assert (
        made({"000001": "XEROX   CORPORATION\nM/S 105-50C\nUnited States"}).maker("00:00:01:00:00:00")
        == "XEROX CORPORATION"
    )


@pytest.mark.parametrize("mac", ["02:09:5c:00:00:01", "06:09:5c:00:00:01", "0a:09:5c:00:00:01", "0e:09:5c:00:00:01"])
def test_locally_administered_addresses_are_never_looked_up(mac: str) -> None:
    prefix = mac.replace(":", "").upper()[:6]
    assert made({prefix: "Listed all the same"}).maker(mac) == ""
    assert PRINTS.oui.maker(mac) == ""


@pytest.mark.parametrize("mac", ["01:00:5e:00:00:fb", "33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"])
def test_group_addresses_are_never_looked_up(mac: str) -> None:
    assert made({mac.replace(":", "").upper()[:6]: "Listed all the same"}).maker(mac) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:09:FB:11:22:33", "0009fb112233"),
        ("00-09-fb-11-22-33", "0009fb112233"),
        ("0009.fb11.2233", "0009fb112233"),
        ("080019FFFE134535", "080019134535"),  # EUI-64 made from a MAC: the middle goes
        ("0012211839000001", "0012211839000001"),  # one that was not
        ("", ""),
        ("00:09:fb", ""),
        ("zz:09:fb:11:22:33", ""),
        ("0009fb11223" + chr(0xFF11), ""),  # a full-width digit is a digit to int()
    ],
)
def test_spellings_of_an_address(text: str, expected: str) -> None:
    assert digits(text) == expected


def test_an_eui64_names_the_maker_of_the_mac_it_was_made_from() -> None:
    assert PRINTS.oui.maker("080019FFFE134535") == PRINTS.oui.maker("08:00:19:13:45:35") != ""
    assert PRINTS.oui.maker("0012211839000001").startswith("B.Braun")


def test_claims_keep_the_network_module_and_the_device_apart() -> None:
    makers = Makers(PRINTS.oui, PRINTS.words)
    philips = {c.attribute: (c.value, c.weight) for c in makers.claims("00:09:5c:00:00:01")}
    assert philips == {"network_maker": ("Philips", 0.9), "manufacturer": ("Philips", 0.4)}
    module = {c.attribute: c.value for c in makers.claims("00:40:9d:00:00:01")}  # Digi, in front of anything
    assert module == {"network_maker": "Digi International"}
    pump = {c.attribute: c.value for c in makers.claims("f0:23:b9:b1:23:45")}
    assert pump["kind"] == "infusion_pump"
    assert list(makers.claims("02:00:00:00:00:01")) == []


def test_the_file_says_what_it_is() -> None:
    assert PRINTS.oui.date == "2026-08-26"
    assert "oui-data" in PRINTS.oui.header


def test_making_the_file_twice_gives_the_same_bytes() -> None:
    entries = {"0000AA": "B", "0000AB": "A", "0055DA0": "C"}
    assert builder().packed(entries) == builder().packed(dict(reversed(entries.items())))


WHOLE = PRINTS.files["oui/oui.dat"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"something else\n", id="another file"),
        pytest.param(WHOLE[: len(WHOLE) // 2], id="cut"),
        pytest.param(WHOLE[:400] + b"\xff\xff" + WHOLE[402:], id="damaged"),
        pytest.param(f"{MAGIC}; x\n".encode() + zlib.compress(b"\xff\xff\xff\xff"), id="claims 4 billion blocks"),
    ],
)
def test_a_broken_file_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(OuiError, match=r"make it anew with deploy/make-oui\.py"):
        Oui(content)
