"""Records services that greet: SSH, FTP, mail, Telnet, VNC. Users and passwords are made up: ZQCANARY.

`python pcaps/make/services.py [case ...]`. Needs root, iproute2, tcpdump, openssl and what each case names.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from lab import Lab

CLIENT, SERVER = ("00:50:56:63:00:21", "10.63.0.21"), ("00:50:56:63:00:10", "10.63.0.10")
USER, PASSWORD = "zqcanary.user", "ZQCANARY-secret"


def pair(lab: Lab) -> None:
    """A client and a server, wired to each other."""
    lab.host("client")
    lab.host("server")
    lab.wire("client", CLIENT[0], "server", SERVER[0])
    lab.address("client", "server", f"{CLIENT[1]}/24")
    lab.address("server", "client", f"{SERVER[1]}/24")


def ssh(case: str, key_type: str, *options: str, bits: str = "3072") -> None:
    """OpenSSH at both ends; the log-in fails."""
    with Lab() as lab:
        pair(lab)
        key = lab.files / "host_key"
        subprocess.run(["ssh-keygen", "-q", "-t", key_type, "-b", bits, "-N", "", "-f", str(key)], check=True)
        print(subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True).stdout)
        settings = ("-f", "/dev/null", "-h", str(key), "-o", "UsePAM=no", "-o", "PidFile=none")
        subprocess.run(["mkdir", "-p", "/run/sshd"], check=True)
        lab.start("server", "/usr/sbin/sshd", "-D", "-e", *settings)
        time.sleep(1)
        recording = lab.record("client", "server", case, "tcp port 22 or arp")
        known = ("-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        shown = lab.run(
            "client", "ssh", "-v", *known, *options, "-o", "BatchMode=yes", f"{USER}@{SERVER[1]}", "true", check=False
        )
        print(shown[-400:])
        lab.finish(recording)


def certificate(lab: Lab) -> tuple[str, str]:
    """Key and certificate of the server."""
    key, made = str(lab.files / "key.pem"), str(lab.files / "cert.pem")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "3650",
        "-subj",
        "/CN=mail.ward.example",
    ]
    subprocess.run([*command, "-keyout", key, "-out", made], check=True, capture_output=True)
    return key, made


def ask(lab: Lab, *curl: str) -> None:
    """One log-in by curl, which fails."""
    who = ("--user", f"{USER}:{PASSWORD}", "--connect-timeout", "3", "--max-time", "6", "-sS", "-k", "--tls-max", "1.2")
    print(lab.run("client", "curl", *who, *curl, check=False)[-200:])


def ftp(case: str, *curl: str) -> None:
    """vsftpd."""
    with Lab() as lab:
        pair(lab)
        key, made = certificate(lab)
        empty = lab.files / "empty"
        empty.mkdir()
        settings = lab.files / "vsftpd.conf"
        settings.write_text(
            f"listen=YES\nbackground=NO\nlocal_enable=YES\nanonymous_enable=YES\nanon_root={empty}\n"
            f"secure_chroot_dir={empty}\n"
            f"ssl_enable=YES\nforce_local_logins_ssl=NO\nforce_local_data_ssl=NO\n"
            f"rsa_cert_file={made}\nrsa_private_key_file={key}\n"
            "ssl_ciphers=HIGH\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n"
        )
        lab.start("server", "/usr/sbin/vsftpd", str(settings))
        time.sleep(1)
        recording = lab.record("client", "server", case, "tcp port 21 or arp")
        ask(lab, *curl, f"ftp://{SERVER[1]}/")
        lab.finish(recording)


def mailbox(case: str, url: str, port: int, *curl: str) -> None:
    """Dovecot."""
    with Lab() as lab:
        pair(lab)
        key, made = certificate(lab)
        lab.files.chmod(0o755)
        settings = lab.files / "dovecot.conf"
        settings.write_text(
            f"base_dir = {lab.files}/run\nstate_dir = {lab.files}/state\nlog_path = /dev/stderr\n"
            "protocols = imap pop3\n"
            f"ssl = yes\nssl_cert = <{made}\nssl_key = <{key}\n"
            "disable_plaintext_auth = no\nauth_mechanisms = plain login\n"
            "passdb {\n driver = static\n args = password=other\n}\n"
            "userdb {\n driver = static\n args = uid=nobody gid=nogroup\n}\n"
        )
        lab.start("server", "dovecot", "-F", "-c", str(settings))
        time.sleep(2)
        recording = lab.record("client", "server", case, f"tcp port {port} or arp")
        ask(lab, *curl, f"{url}://{SERVER[1]}/")
        lab.finish(recording)


def smtp(case: str, *, tls: bool) -> None:
    """OpenSMTPD; swaks, or curl inside TLS."""
    with Lab() as lab:
        pair(lab)
        key, made = certificate(lab)
        for path in (key, made):
            subprocess.run(["chmod", "600", path], check=True)
        users = lab.files / "users"
        users.write_text("nobody x\n")
        settings = lab.files / "smtpd.conf"
        settings.write_text(
            f'pki ward cert "{made}"\npki ward key "{key}"\n'
            f"listen on {SERVER[1]} tls pki ward auth-optional hostname mail.ward.example\n"
            'action "no" relay\nmatch for local action "no"\n'
        )
        lab.start("server", "/usr/sbin/smtpd", "-d", "-f", str(settings))
        time.sleep(2)
        recording = lab.record("client", "server", case, "tcp port 25 or arp")
        person = ("--from", "zqcanary.from@ward.example", "--to", "zqcanary.to@ward.example", "--h-Subject", "ZQCANARY")
        helo = ("--server", SERVER[1], "--helo", "analyser7.ward.example", "--timeout", "5")
        if tls:
            ask(lab, "--ssl-reqd", f"smtp://{SERVER[1]}/analyser7.ward.example")
        else:
            print(lab.run("client", "swaks", *helo, *person, check=False)[-1500:])
        lab.finish(recording)


def vnc(case: str, *options: str) -> None:
    """x11vnc on an empty screen."""
    with Lab() as lab:
        pair(lab)
        screen = lab.start("server", "Xvfb", ":76", "-screen", "0", "64x48x16", "-nolisten", "tcp")
        time.sleep(1)
        lab.start(
            "server", "x11vnc", "-display", ":76", "-rfbport", "5900", "-forever", "-desktop", "ZQCANARY", *options
        )
        time.sleep(2)
        recording = lab.record("client", "server", case, "tcp port 5900 or arp")
        shot = str(lab.files / "shot.jpg")
        print(lab.run("client", "timeout", "5", "vncsnapshot", "-quiet", f"{SERVER[1]}:0", shot, check=False)[-300:])
        lab.finish(recording)
        lab.stop(screen)


def telnet() -> None:
    """inetutils' server and client; a log-in that fails."""
    with Lab() as lab:
        pair(lab)
        lab.run("server", "sysctl", "-qw", "kernel.hostname=ct7", check=False)
        settings = lab.files / "inetd.conf"
        settings.write_text("telnet stream tcp nowait root /usr/sbin/telnetd telnetd -h\n")
        lab.start("server", "unshare", "-u", "sh", "-c", f"hostname ct7; exec inetutils-inetd -d {settings}")
        time.sleep(1)
        recording = lab.record("client", "server", "telnet/login.pcap", "tcp port 23 or arp")
        typed = f"(sleep 2; echo {USER}; sleep 1; echo {PASSWORD}; sleep 2) | timeout 8 telnet {SERVER[1]}"
        print(lab.run("client", "sh", "-c", typed, check=False)[-300:])
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {
    "ssh": lambda: ssh("ssh/ed25519.pcap", "ed25519"),
    "ssh-group": lambda: ssh(
        "ssh/group-exchange.pcap",
        "rsa",
        *("-o", "KexAlgorithms=diffie-hellman-group-exchange-sha256", "-o", "HostKeyAlgorithms=rsa-sha2-512"),
        bits="1024",
    ),
    "ftp": lambda: ftp("ftp/clear.pcap"),
    "ftp-tls": lambda: ftp("ftp/tls.pcap", "--ssl-reqd"),
    "vnc": lambda: vnc("vnc/open.pcap", "-nopw"),
    "vnc-password": lambda: vnc("vnc/password.pcap", "-passwd", "ZQCANARY"),
    "telnet": telnet,
    "imap": lambda: mailbox("imap/clear.pcap", "imap", 143),
    "imap-tls": lambda: mailbox("imap/starttls.pcap", "imap", 143, "--ssl-reqd"),
    "pop3": lambda: mailbox("pop3/clear.pcap", "pop3", 110),
    "pop3-tls": lambda: mailbox("pop3/stls.pcap", "pop3", 110, "--ssl-reqd"),
    "smtp": lambda: smtp("smtp/mail.pcap", tls=False),
    "smtp-tls": lambda: smtp("smtp/starttls.pcap", tls=True),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
