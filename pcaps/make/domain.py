"""Records pcaps/cldap, kerberos, ldap, msrpc: a Samba domain controller and a member. Users are made up: ZQCANARY.

`python pcaps/make/domain.py`. Needs root, iproute2, tcpdump, samba with samba-ad-provision, MIT Kerberos, ldap-utils.
"""

from __future__ import annotations

import time

from lab import Lab

DC, MEMBER = ("00:50:56:61:00:10", "10.61.0.10"), ("00:50:56:61:00:21", "10.61.0.21")
USER, PASSWORD = "zqcanary.user", "ZQCANARY-secret1"
FOLDERS = ("private", "lock", "state", "cache", "pid", "ncalrpc", "dns")

SERVER = """
[global]
netbios name = DC1
realm = WARDS.EXAMPLE
workgroup = WARDS
server role = active directory domain controller
server services = rpc, ldap, cldap, kdc, dns
dns forwarder = 0.0.0.0
ldap server require strong auth = no
bind interfaces only = yes
interfaces = 10.61.0.10/24
private dir = {files}/dc/private
lock directory = {files}/dc/lock
state directory = {files}/dc/state
cache directory = {files}/dc/cache
pid directory = {files}/dc/pid
ncalrpc dir = {files}/dc/ncalrpc
binddns dir = {files}/dc/dns
log file = {files}/dc/log
[sysvol]
path = {files}/dc/state/sysvol
[netlogon]
path = {files}/dc/state/sysvol/wards.example/scripts
"""
CLIENT = """
[global]
netbios name = CTCONSOLE7
realm = WARDS.EXAMPLE
workgroup = WARDS
security = ads
private dir = {files}/own
lock directory = {files}/own
state directory = {files}/own
cache directory = {files}/own
"""
KRB5 = """
[libdefaults]
default_realm = WARDS.EXAMPLE
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = {udp}
[realms]
WARDS.EXAMPLE = {{
  kdc = 10.61.0.10
}}
[domain_realm]
.wards.example = WARDS.EXAMPLE
"""


class Domain:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        lab.host("dc")
        lab.host("member")
        lab.wire("dc", DC[0], "member", MEMBER[0])
        lab.address("dc", "member", f"{DC[1]}/24")
        lab.address("member", "dc", f"{MEMBER[1]}/24")
        files = lab.files
        for folder in ("dc", "own", *(f"dc/{name}" for name in FOLDERS)):
            (files / folder).mkdir()
        (files / "dc.conf").write_text(SERVER.format(files=files))
        (files / "own.conf").write_text(CLIENT.format(files=files))
        (files / "resolv.conf").write_text(f"search wards.example\nnameserver {DC[1]}\n")
        (files / "hosts").write_text(f"127.0.0.1 localhost\n{DC[1]} dc1.wards.example dc1\n")
        self.kerberos(udp=1400)
        provision = "samba-tool domain provision --realm=WARDS.EXAMPLE --domain=WARDS --server-role=dc --host-name=DC1"
        options = f"--dns-backend=SAMBA_INTERNAL --adminpass={PASSWORD} --host-ip={DC[1]} -s {files}/dc.conf"
        self.on_dc(f"{provision} {options}")
        self.on_dc(f"samba-tool user create {USER} {PASSWORD} -s {files}/dc.conf")
        self.on_dc(f"samba-tool computer create CTCONSOLE7 -s {files}/dc.conf")
        self.on_dc(f"samba-tool user setpassword 'CTCONSOLE7$' --newpassword={PASSWORD} -s {files}/dc.conf")
        self.server = lab.start("dc", *self.seen("dc1", f"exec setsid samba -i -s {files}/dc.conf"))
        time.sleep(12)

    def kerberos(self, *, udp: int) -> None:
        (self.lab.files / "krb5.conf").write_text(KRB5.format(udp=udp))

    def seen(self, name: str, command: str) -> list[str]:
        """A shell with the host's own name and files."""
        files = self.lab.files
        binds = "; ".join(f"mount --bind {files}/{each} /etc/{each}" for each in ("resolv.conf", "hosts", "krb5.conf"))
        environment = f"export KRB5CCNAME=FILE:{files}/tickets LDAPTLS_REQCERT=never"
        return ["unshare", "-m", "-u", "sh", "-c", f"hostname {name}; {binds}; {environment}; {command}"]

    def on_dc(self, command: str) -> None:
        print(self.lab.run("dc", *self.seen("dc1", command), check=False)[-400:])

    def on_member(self, command: str) -> None:
        print(command, self.lab.run("member", *self.seen("ctconsole7", command), check=False)[-400:], sep="\n")


def record(lab: Lab, domain: Domain, capture: str, expression: str, *commands: str) -> None:
    recording = lab.record("member", "dc", capture, f"({expression}) or arp")
    for command in commands:
        domain.on_member(command)
    lab.finish(recording)


def main() -> None:
    with Lab() as lab:
        domain = Domain(lab)
        own = f"-s {lab.files}/own.conf"
        base = "dc=wards,dc=example"
        person = f"cn={USER},cn=Users,{base}"
        computer, login = f"echo {PASSWORD} | kinit 'CTCONSOLE7$'", f"echo {PASSWORD} | kinit {USER}"
        record(lab, domain, "cldap/netlogon.pcap", "udp port 389", f"net ads lookup {own} -S dc1.wards.example")
        record(lab, domain, "kerberos/computer-udp.pcap", "port 88", computer)
        record(lab, domain, "kerberos/user-udp.pcap", "port 88", f"kinit {USER}@WARDS.EXAMPLE < /dev/null", login)
        domain.kerberos(udp=1)
        record(lab, domain, "kerberos/computer-tcp.pcap", "port 88", computer, "kvno host/dc1.wards.example")
        search = f"ldapsearch -x -LLL -H ldap://{DC[1]}"
        root = (
            f"{search} -b '' -s base dnsHostName defaultNamingContext rootDomainNamingContext vendorName vendorVersion"
        )
        clear = f"{search} -D '{person}' -w {PASSWORD} -b '{person}' -s base cn"
        record(lab, domain, "ldap/clear.pcap", "tcp port 389", root, clear)
        record(lab, domain, "ldap/starttls.pcap", "tcp port 389", f"{search} -ZZ -b '' -s base dnsHostName")
        log_in = f"{own} -U {USER}%{PASSWORD} --use-kerberos=off"
        ntlm = f"samba-tool user show {USER} -H ldap://dc1.wards.example {log_in}"
        record(lab, domain, "ldap/ntlm.pcap", "tcp port 389", ntlm)
        call = f"rpcclient 'ncacn_ip_tcp:dc1.wards.example[sign]' {log_in} -c getusername"
        record(lab, domain, "msrpc/ntlm.pcap", "tcp and not port 389", call)
        lab.stop(domain.server)
        time.sleep(2)  # its children end after it, and its files with them


if __name__ == "__main__":
    main()
