"""Records pcaps/smb: Samba's server and client. Users, passwords, shares and files are made up: ZQCANARY.

`python pcaps/make/shares.py [case ...]`. Needs root, iproute2, tcpdump, samba and smbclient.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from lab import Lab

DESK, SERVER = ("00:50:56:60:00:21", "10.60.0.21"), ("00:50:56:60:00:10", "10.60.0.10")
USER, PASSWORD = "zqcanary.user", "ZQCANARY-secret"

CONFIGURATION = """
[global]
netbios name = IMGSTORE2
workgroup = WARDS
server string = store of images
bind interfaces only = no
load printers = no
disable spoolss = yes
map to guest = bad user
server role = standalone server
private dir = {files}/private
lock directory = {files}/lock
state directory = {files}/state
cache directory = {files}/cache
pid directory = {files}/pid
ncalrpc dir = {files}/ncalrpc
log file = {files}/smbd.log
{rest}
[zqcanary.user]
path = {files}/share
read only = no
guest ok = yes
"""
CLIENT = """
[global]
netbios name = CTCONSOLE7
workgroup = WARDS
private dir = {files}/own
lock directory = {files}/own
state directory = {files}/own
cache directory = {files}/own
client min protocol = NT1
{rest}
"""


def network(lab: Lab, rest: str) -> None:
    for name in ("desk", "server"):
        lab.host(name)
    lab.wire("desk", DESK[0], "server", SERVER[0])
    lab.address("desk", "server", f"{DESK[1]}/24")
    lab.address("server", "desk", f"{SERVER[1]}/24")
    for folder in ("private", "lock", "state", "cache", "pid", "ncalrpc", "share", "own"):
        (lab.files / folder).mkdir()
    lab.files.chmod(0o755)
    (lab.files / "share").chmod(0o777)
    (lab.files / "share" / "ZQCANARYMARTIN_JEANNE.txt").write_text("ZQCANARY4711\n")
    (lab.files / "server.conf").write_text(CONFIGURATION.format(files=lab.files, rest=rest))
    with open("/etc/passwd") as passwd:
        accounts = passwd.read()
    (lab.files / "passwd").write_text(f"{accounts}{USER}:x:60111:65534::/nonexistent:/bin/false\n")
    seen = f"mount --bind {lab.files}/passwd /etc/passwd"
    add = f"printf '{PASSWORD}\\n{PASSWORD}\\n' | smbpasswd -c {lab.files}/server.conf -s -a {USER}"
    lab.run("server", "unshare", "-m", "sh", "-c", f"{seen}; {add}")
    serve = f"exec smbd --foreground -s {lab.files}/server.conf"
    lab.start("server", "unshare", "-m", "-u", "sh", "-c", f"hostname imgstore2; {seen}; {serve}")
    time.sleep(3)


def client(lab: Lab, *arguments: str, rest: str = "") -> None:
    conf = lab.files / "client.conf"
    conf.write_text(CLIENT.format(files=lab.files, rest=rest))
    print(lab.run("desk", "smbclient", "-s", str(conf), "-I", SERVER[1], *arguments, check=False))


def signed() -> None:
    """SMB 3.1.1 with signatures required: a user is let in and fetches a patient's file."""
    with Lab() as lab:
        network(lab, "server signing = mandatory")
        recording = lab.record("desk", "server", "smb/smb3-signed.pcap", "tcp port 445 or arp")
        user = f"ZQCANARYDOM\\{USER}%{PASSWORD}"
        fetch = "get ZQCANARYMARTIN_JEANNE.txt -"
        client(lab, f"//imgstore2.wards.example/{USER}", "-U", user, "-m", "SMB3", "-c", fetch)
        lab.finish(recording)


def guest() -> None:
    """SMB 2.1 without signatures required: an unknown user is let in as a guest."""
    with Lab() as lab:
        network(lab, "server max protocol = SMB2_10")
        recording = lab.record("desk", "server", "smb/smb2-guest.pcap", "tcp port 445 or arp")
        client(lab, f"//imgstore2/{USER}", "-U", "zqcanary.nobody%ZQCANARY-secret", "-c", "ls")
        lab.finish(recording)


def old() -> None:
    """SMB 1 over the NetBIOS session service: a user is let in."""
    with Lab() as lab:
        network(lab, "server min protocol = NT1\nsmb ports = 139")
        recording = lab.record("desk", "server", "smb/smb1-netbios.pcap", "tcp port 139 or arp")
        arguments = (f"//imgstore2/{USER}", "-U", f"WARDS\\{USER}%{PASSWORD}", "-m", "NT1", "-p", "139", "-c", "ls")
        client(lab, *arguments)
        lab.finish(recording)


def old_plain() -> None:
    """SMB 1 as before extended security: challenge and names in the negotiation."""
    with Lab() as lab:
        network(lab, "server min protocol = NT1\nntlm auth = yes")
        recording = lab.record("desk", "server", "smb/smb1-plain.pcap", "tcp port 445 or arp")
        arguments = (f"//imgstore2/{USER}", "-U", f"WARDS\\{USER}%{PASSWORD}", "-m", "NT1", "-p", "445", "-c", "ls")
        client(lab, *arguments, rest="client use spnego = no\nclient ntlmv2 auth = no")
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"signed": signed, "guest": guest, "old": old, "old_plain": old_plain}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
