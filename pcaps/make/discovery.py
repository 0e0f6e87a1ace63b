"""Records pcaps/lldp, cdp, stp and eapol: lldpd as switch and as phone, the kernel's bridge, hostapd, wpa_supplicant.

Needs root, iproute2, tcpdump, lldpd, hostapd and wpa_supplicant. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

SWITCH, PHONE, PC = "02:a1:00:00:00:01", "02:a1:00:00:00:11", "02:a1:00:00:00:12"

AS_SWITCH = """
configure system hostname sw-ward-3
configure system description 'Acme Switch AS-48P, software 7.1.2'
configure system capabilities enabled bridge
configure system ip management pattern 10.21.0.1
configure ports {port} lldp portidsubtype local ge-0/0/7 description 'Room 312, bed 2'
configure med location address country FR language en city Lyon building B floor 3 room 312 name 'ZQCANARYMARTIN JEANNE'
configure med policy application voice tagged vlan 110 priority voice dscp 46
configure lldp tx-interval 1
"""
AS_PHONE = """
configure system hostname phone-312
configure system description 'Acme Ward Phone WP-5, 4.2.0'
configure system capabilities enabled station,telephone
configure system ip management pattern 10.21.0.11
configure med location elin 0145678901
configure inventory hardware-revision B2
configure inventory firmware-revision boot-1.9
configure inventory software-revision 4.2.0
configure inventory serial-number WP5-004711
configure inventory manufacturer 'Acme Telecom'
configure inventory model 'WP-5'
configure inventory asset BIOMED-20117
configure lldp tx-interval 1
"""
AS_PC = """
configure system hostname ZQCANARYMARTIN-JEANNE
configure system description 'Debian GNU/Linux 12 (bookworm) Linux 6.1.0-18-amd64 x86_64'
configure ports {port} lldp portdescription 'Office of Dr. ZQCANARYMARTIN'
configure lldp tx-interval 1
"""


def talk(lab: Lab, host: str, peer: str, settings: str, *options: str) -> None:
    """Starts lldpd at one end of a cable, with its settings."""
    lab.files.chmod(0o711)  # lldpcli gives up its privileges before it looks for the socket
    socket = lab.files / f"{host}.socket"
    command = ["lldpd", "-d", "-u", str(socket), "-I", f"to-{peer}", "-C", f"to-{peer}", "-O", "/dev/null", *options]
    script = f"mount -t tmpfs none /run && mkdir -p /run/lldpd && exec {' '.join(command)}"
    lab.start(host, "unshare", "-m", "sh", "-c", script)
    time.sleep(1.5)
    for line in settings.strip().format(port=f"to-{peer}").splitlines():
        done = lab.run(host, "sh", "-c", f"lldpcli -u {socket} {line}", check=False).strip()
        if done:
            print(f"{host}: {line}: {done}")


def phone_on_switch() -> None:
    """A phone on a switch's port: LLDP-MED both ways."""
    with Lab() as lab:
        lab.host("switch")
        lab.host("phone")
        lab.wire("switch", SWITCH, "phone", PHONE)
        lab.address("switch", "phone", "10.21.0.1/24")
        lab.address("phone", "switch", "10.21.0.11/24")
        talk(lab, "switch", "phone", AS_SWITCH, "-M", "4")
        talk(lab, "phone", "switch", AS_PHONE, "-M", "3")
        recording = lab.record("switch", "phone", "lldp/phone.pcap", "ether proto 0x88cc")
        time.sleep(2.5)
        lab.finish(recording)


def office() -> None:
    """A computer that is named after its user, on a switch that speaks CDP."""
    with Lab() as lab:
        lab.host("switch")
        lab.host("pc")
        lab.wire("switch", SWITCH, "pc", PC)
        lab.address("switch", "pc", "10.21.0.1/24")
        talk(lab, "switch", "pc", AS_SWITCH, "-cc", "-M", "4")
        talk(lab, "pc", "switch", AS_PC, "-cc")
        recording = lab.record("pc", "switch", "cdp/office.pcap", "ether dst 01:00:0c:cc:cc:cc")
        time.sleep(2.5)
        lab.finish(recording)


def bridges() -> None:
    """Two bridges agree on a root; the second has several ports, so that its own address is not its port's."""
    with Lab() as lab:
        for host in ("one", "two"):
            lab.host(host)
        lab.wire("one", "02:a1:00:00:00:21", "two", "02:a1:00:00:00:32")
        recording = lab.record("one", "two", "stp/bridges.pcap", "stp")
        for host, peer, priority, address in (
            ("one", "two", "4096", "02:a1:00:00:00:20"),
            ("two", "one", "32768", "02:a1:00:00:00:30"),
        ):
            bridge = ["type", "bridge", "stp_state", "1", "priority", priority, "forward_delay", "400"]
            lab.run(host, "ip", "link", "add", "br0", "address", address, *bridge)
            lab.run(host, "ip", "link", "set", f"to-{peer}", "master", "br0")
            lab.run(host, "ip", "link", "set", "br0", "up")
        time.sleep(7)
        lab.finish(recording)


def network_access() -> None:
    """A computer logs in to a switch's port by EAP-MD5, and logs off."""
    with Lab() as lab:
        lab.host("switch")
        lab.host("pc")
        lab.wire("switch", SWITCH, "pc", PC)
        recording = lab.record("switch", "pc", "eapol/md5.pcap", "ether proto 0x888e")
        users = lab.files / "users"
        users.write_text('"zqcanary.user" MD5 "ZQCANARYPASSWORD"\n')
        switch = lab.files / "hostapd.conf"
        switch.write_text(
            f"interface=to-pc\ndriver=wired\nieee8021x=1\neap_server=1\neap_user_file={users}\nuse_pae_group_addr=1\n"
        )
        pc = lab.files / "supplicant.conf"
        pc.write_text(
            f"ctrl_interface={lab.files}/control\nap_scan=0\nnetwork={{\n key_mgmt=IEEE8021X\n eap=MD5\n"
            ' identity="zqcanary.user"\n password="ZQCANARYPASSWORD"\n eapol_flags=0\n}\n'
        )
        lab.start("switch", "hostapd", str(switch))
        time.sleep(1)
        lab.start("pc", "wpa_supplicant", "-D", "wired", "-i", "to-switch", "-c", str(pc))
        time.sleep(3)
        lab.run("pc", "wpa_cli", "-p", f"{lab.files}/control", "-i", "to-switch", "logoff", check=False)
        lab.finish(recording)


CASES = {"lldp": phone_on_switch, "cdp": office, "stp": bridges, "eapol": network_access}

if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        CASES[name]()
