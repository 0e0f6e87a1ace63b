"""Records pcaps/snmp and pcaps/syslog: net-snmp's agent and tools, rsyslog and util-linux's logger.

`python pcaps/make/management.py`. Needs root, iproute2, tcpdump, snmpd, snmp, rsyslog. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

AGENT, MANAGER = ("02:a2:00:00:00:11", "10.71.0.11"), ("02:a2:00:00:00:05", "10.71.0.5")

SYSTEM = """
agentAddress udp:161
rocommunity public
sysName {name}
sysContact ZQCANARYMARTIN JEANNE
sysLocation Radiology, room R-104
sysDescr {description}
sysObjectID {object_id}
persistentDir {files}
"""
# RFC 6933 and RFC 3805: a printer of a chassis and a board, as Net-SNMP serves what it has no code for
OBJECTS = """
override .1.3.6.1.2.1.47.1.1.1.1.2.1 octet_str "Acme Laser Printer"
override .1.3.6.1.2.1.47.1.1.1.1.2.2 octet_str "formatter board"
override .1.3.6.1.2.1.47.1.1.1.1.4.1 integer 0
override .1.3.6.1.2.1.47.1.1.1.1.4.2 integer 1
override .1.3.6.1.2.1.47.1.1.1.1.5.1 integer 3
override .1.3.6.1.2.1.47.1.1.1.1.5.2 integer 9
override .1.3.6.1.2.1.47.1.1.1.1.8.1 octet_str "rev C"
override .1.3.6.1.2.1.47.1.1.1.1.9.1 octet_str "boot 2.1"
override .1.3.6.1.2.1.47.1.1.1.1.10.1 octet_str "7.3.1"
override .1.3.6.1.2.1.47.1.1.1.1.11.1 octet_str "LP-004711"
override .1.3.6.1.2.1.47.1.1.1.1.11.2 octet_str "FB-99"
override .1.3.6.1.2.1.47.1.1.1.1.12.1 octet_str "Acme Printers"
override .1.3.6.1.2.1.47.1.1.1.1.13.1 octet_str "LP-400"
override .1.3.6.1.2.1.43.5.1.1.16.1 octet_str "LP-R104"
override .1.3.6.1.2.1.43.5.1.1.17.1 octet_str "LP-004711"
"""
SECRET = """
createUser zqcanary.user SHA ZQCANARYsecret1 AES ZQCANARYsecret2
rouser zqcanary.user noauth
"""
CLIENT = ("-t", "1", "-r", "1", "-On", "-m", "")


def agent(lab: Lab, name: str, description: str, object_id: str, more: str) -> None:
    """Starts an agent at the end of the cable."""
    files = lab.files / name
    files.mkdir()
    text = SYSTEM.format(name=name, description=description, object_id=object_id, files=files) + more
    (files / "snmpd.conf").write_text(text)
    options = ["-f", "-Lo", "-C", "-c", str(files / "snmpd.conf"), "-p", str(files / "pid"), "-I", "-lmSensors"]
    lab.start("agent", "env", f"SNMP_PERSISTENT_DIR={files}", "MIBS=", "snmpd", *options)
    time.sleep(1.5)


def cable(lab: Lab) -> None:
    lab.host("agent")
    lab.host("manager")
    lab.wire("agent", AGENT[0], "manager", MANAGER[0])
    lab.address("agent", "manager", f"{AGENT[1]}/24")
    lab.address("manager", "agent", f"{MANAGER[1]}/24")


def ask(lab: Lab, tool: str, *arguments: str) -> None:
    print(tool, lab.run("manager", "env", f"SNMP_PERSISTENT_DIR={lab.files}", tool, *CLIENT, *arguments, check=False))


def printer() -> None:
    """A printer answers version 1 and 2c, and sends traps."""
    with Lab() as lab:
        cable(lab)
        agent(lab, "lp-r104", "Acme LP-400, firmware 7.3.1", ".1.3.6.1.4.1.11.2.3.9.1", OBJECTS)
        recording = lab.record("manager", "agent", "snmp/printer.pcap", "udp or arp")
        ask(lab, "snmpget", "-v", "1", "-c", "public", AGENT[1], *(f".1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 4, 5, 6)))
        ask(lab, "snmpbulkget", "-v", "2c", "-c", "public", "-Cr32", AGENT[1], ".1.3.6.1.2.1.47.1.1.1.1")
        ask(lab, "snmpbulkget", "-v", "2c", "-c", "public", "-Cr2", AGENT[1], ".1.3.6.1.2.1.43.5.1.1.15")
        ask(lab, "snmpgetnext", "-v", "2c", "-c", "public", AGENT[1], ".1.3.6.1.2.1.2.2.1.6.1")
        trap = ["snmptrap", "-m", "", "-v", "1", "-c", "ZQCANARYcommunity", MANAGER[1]]
        lab.run("agent", *trap, ".1.3.6.1.4.1.11.2.3.9.1", AGENT[1], "0", "0", "", ".1.3.6.1.2.1.1.5.0", "s", "lp-r104")
        trap = ["snmptrap", "-m", "", "-v", "2c", "-c", "ZQCANARYcommunity", MANAGER[1], ""]
        lab.run("agent", *trap, ".1.3.6.1.6.3.1.1.5.1", ".1.3.6.1.2.1.1.4.0", "s", "ZQCANARYMARTIN JEANNE")
        lab.finish(recording)


def secret() -> None:
    """Version 3: asked without authentication, then encrypted. The engine id is made of a hardware address."""
    with Lab() as lab:
        cable(lab)
        engine = "engineIDType 3\nengineIDNic to-manager\n"
        agent(lab, "lx-gateway-3", "Linux lx-gateway-3 6.1.0", ".1.3.6.1.4.1.8072.3.2.10", SECRET + engine)
        recording = lab.record("manager", "agent", "snmp/version-3.pcap", "udp or arp")
        user = ["-v", "3", "-u", "zqcanary.user"]
        ask(lab, "snmpget", *user, "-l", "noAuthNoPriv", AGENT[1], ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.1.2.0")
        keys = ["-a", "SHA", "-A", "ZQCANARYsecret1", "-x", "AES", "-X", "ZQCANARYsecret2"]
        ask(lab, "snmpget", *user, "-l", "authPriv", *keys, AGENT[1], ".1.3.6.1.2.1.1.1.0")
        lab.finish(recording)


FORWARD = """
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{files}/log.socket" CreatePath="off")
$WorkDirectory {files}
action(type="omfwd" target="10.71.0.5" port="{port}" protocol="tcp" TCP_Framing="{framing}" template="{template}")
"""
AUDIT = '<?xml version="1.0"?><AuditMessage><ActiveParticipant UserID="ZQCANARYMARTIN"/></AuditMessage>'


def messages() -> None:
    """Programs of a scanner write to a collector over UDP, in both forms; one of the messages is for audit."""
    with Lab() as lab:
        cable(lab)
        recording = lab.record("manager", "agent", "syslog/udp.pcap", "udp or arp")
        lab.start("manager", sys.executable, "-c", COLLECT, "udp")
        to = f"logger --server {MANAGER[1]} --udp --port 514"
        writes = (
            f"{to} --rfc3164 --tag acquisition --id=4711 ZQCANARYMARTIN JEANNE on table",
            f"{to} --rfc5424=notq --tag reconstruction --msgid start ZQCANARYMARTIN done",
            f"{to} --rfc5424=notq --tag audit --msgid DICOM+RFC3881 '{AUDIT}'",
        )
        for write in writes:
            lab.run("agent", "unshare", "-u", "sh", "-c", f"hostname ct-console-7; {write}")
        lab.finish(recording)


def relay() -> None:
    """rsyslog hands on over TCP: by line ends, then by counts of bytes."""
    with Lab() as lab:
        cable(lab)
        recording = lab.record("manager", "agent", "syslog/tcp.pcap", "tcp or arp")
        lab.start("manager", sys.executable, "-c", COLLECT, "tcp")
        ways = (
            (514, "traditional", "RSYSLOG_TraditionalForwardFormat"),
            (601, "octet-counted", "RSYSLOG_SyslogProtocol23Format"),
        )
        for port, framing, template in ways:
            (lab.files / "conf").write_text(
                FORWARD.format(files=lab.files, port=port, framing=framing, template=template)
            )
            command = f"hostname ris-server-2; exec rsyslogd -n -f {lab.files}/conf -i {lab.files}/pid"
            program = lab.start("agent", "unshare", "-u", "sh", "-c", command)
            time.sleep(1.5)
            for line in ("ZQCANARYMARTIN JEANNE arrived", "worklist ready"):
                lab.run("agent", "logger", "-u", f"{lab.files}/log.socket", "--tag", "worklist", line)
            time.sleep(1)
            lab.stop(program)
        lab.finish(recording)


# Takes what comes: on UDP port 514, or on TCP ports 514 and 601
COLLECT = """
import selectors, socket, sys
chosen = selectors.DefaultSelector()
for port in (514,) if sys.argv[1] == "udp" else (514, 601):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM)
    one.bind(("", port))
    if sys.argv[1] == "tcp":
        one.listen()
    chosen.register(one, selectors.EVENT_READ, sys.argv[1])
while True:
    for key, _ in chosen.select():
        if key.data == "tcp":
            chosen.register(key.fileobj.accept()[0], selectors.EVENT_READ, "stream")
        elif not key.fileobj.recv(65536):
            chosen.unregister(key.fileobj)
"""


if __name__ == "__main__":
    for scenario in (printer, secret, messages, relay):
        if len(sys.argv) < 2 or scenario.__name__ in sys.argv[1:]:
            scenario()
