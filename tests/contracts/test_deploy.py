"""What is installed with the service: hardened as the programs that read it say, and fitting this version."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sensor.config import load

SERVICE = Path(__file__).parents[2] / "deploy" / "service"
EXPOSURE_MAX = 2.0


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_unit_is_hardened() -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", SERVICE / "auscult.service"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    ).stdout
    found = re.search(r"Overall exposure level for auscult\.service: ([\d.]+)", said)
    assert found is not None, said
    assert float(found[1]) <= EXPOSURE_MAX


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    """With a program that is there: systemd-analyze says what it does not know."""
    unit = tmp_path / "auscult.service"
    unit.write_text((SERVICE / "auscult.service").read_text().replace("/opt/auscult/bin/sensor", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=30
    )
    assert not [line for line in done.stderr.splitlines() if "auscult.service" in line], done.stderr


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="needs systemd-sysusers")
def test_the_user_and_the_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for program, name in (("systemd-sysusers", "auscult.sysusers"), ("systemd-tmpfiles", "auscult.tmpfiles")):
        words = [program, f"--root={tmp_path}", *(["--create"] if "tmpfiles" in program else []), SERVICE / name]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr
    assert re.search(r"^auscult:", (tmp_path / "etc/passwd").read_text(), re.MULTILINE)
    assert (tmp_path / "var/lib/auscult").stat().st_mode & 0o777 == 0o700


def test_the_example_settings_hold(tmp_path: Path) -> None:
    """Also with everything in it that is commented out."""
    found = load(SERVICE / "sensor.toml", {})
    assert found.listen.interfaces == ("eth1",)
    assert found.listen.metrics == "127.0.0.1:9464"
    text = (SERVICE / "sensor.toml").read_text()
    full = tmp_path / "sensor.toml"
    full.write_text(re.sub(r"^# (?=(networks|workers|ring|filter) = )", "", text, flags=re.MULTILINE))
    settings = load(full, {})
    assert (settings.listen.workers, settings.listen.ring, settings.listen.filter) == (2, 256, "not port 445")
    assert len(settings.site.networks) == 3


def test_the_mirror_port_is_mute() -> None:
    """systemd.network(5): everything by which networkd would speak on a port, switched off."""
    file = configparser.ConfigParser(strict=False, interpolation=None)
    file.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's documentation says
    file.read(SERVICE / "10-auscult-mirror.network")
    off = {"LinkLocalAddressing", "DHCP", "IPv6AcceptRA", "LLDP", "EmitLLDP", "MulticastDNS", "LLMNR"}
    assert {name for name, value in file["Network"].items() if value == "no"} == off
    assert (file["Link"]["ARP"], file["Link"]["Multicast"]) == ("no", "no")
    assert dict(file["PFIFO"]) == {"Parent": "root", "PacketLimit": "0"}
    assert not {"Address", "Gateway", "DNS"} & {*file["Network"]}
    assert "net.ipv6.conf.eth1.disable_ipv6 = 1" in (SERVICE / "auscult-mirror.sysctl").read_text()
