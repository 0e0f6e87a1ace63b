"""Records databases: MariaDB, PostgreSQL, FreeTDS at a scripted server. Users are made up: ZQCANARY.

`python pcaps/make/databases.py [case ...]`. Needs root, iproute2, tcpdump, openssl, mariadb-server, mariadb-client,
freetds-bin, a PostgreSQL server and psql.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab import Lab
from services import PASSWORD, SERVER, USER, certificate, pair

# Answers PRELOGIN as SQL Server 2019 without encryption does (MS-TDS 2.2.6.5), and closes behind the log-in
SCRIPT = """\
import socket, struct
listener = socket.create_server(("10.63.0.10", 1433))
peer, _ = listener.accept()
peer.recv(4096)
options = bytes.fromhex("00 0010 0006  01 0016 0001  02 0017 0001 ff") + bytes.fromhex("0f 00 07d0 0000 02 00")
peer.sendall(struct.pack(">BBHHBB", 4, 1, 8 + len(options), 0, 1, 0) + options)
peer.recv(4096)
"""


def tds() -> None:
    with Lab() as lab:
        pair(lab)
        lab.start("server", "python3", "-c", SCRIPT)
        time.sleep(1)
        recording = lab.record("client", "server", "tds/login.pcap", "tcp port 1433 or arp")
        ask = (
            f"hostname analyser7; echo exit | TDSVER=7.4 timeout 5 tsql -H {SERVER[1]} -p 1433 -U {USER} -P {PASSWORD}"
        )
        print(lab.run("client", "unshare", "-u", "sh", "-c", ask, check=False)[-300:])
        lab.finish(recording)


def mariadb(case: str, *options: str) -> None:
    with Lab() as lab:
        pair(lab)
        key, made = certificate(lab)
        lab.files.chmod(0o755)
        folder = lab.files / "data"
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={folder}", "--user=root"]
        subprocess.run(install, check=True, capture_output=True)
        tls = (f"--ssl-cert={made}", f"--ssl-key={key}")
        where = (f"--datadir={folder}", f"--socket={lab.files}/s", f"--pid-file={lab.files}/p", "--user=root", *tls)
        lab.start("server", "mariadbd", "--no-defaults", *where, "--skip-name-resolve", "--bind-address=0.0.0.0")
        time.sleep(3)
        access = f"CREATE USER '{USER}'@'%' IDENTIFIED BY 'other'"
        lab.run("server", "mariadb", "--no-defaults", "-uroot", f"-S{lab.files}/s", "-e", access, check=False)
        recording = lab.record("client", "server", case, "tcp port 3306 or arp")
        who = (f"-h{SERVER[1]}", f"-u{USER}", f"-p{PASSWORD}", *options)
        print(lab.run("client", "timeout", "5", "mariadb", "--no-defaults", *who, "-e", "select 1", check=False)[-300:])
        lab.finish(recording)


def postgresql(case: str, mode: str) -> None:
    with Lab() as lab:
        pair(lab)
        key, made = certificate(lab)
        folder = lab.files / "data"
        subprocess.run(["chown", "-R", "postgres", str(lab.files)], check=True)
        lab.files.chmod(0o755)
        binary = Path(shutil.which("postgres") or "").resolve().parent
        as_owner = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
        subprocess.run(
            [*as_owner, str(binary / "initdb"), "-D", str(folder), "-A", "trust"], check=True, capture_output=True
        )
        (folder / "pg_hba.conf").write_text("host all all 0.0.0.0/0 password\nlocal all all trust\n")
        tls = ("-c", "ssl=on", "-c", f"ssl_cert_file={made}", "-c", f"ssl_key_file={key}")
        where = ("-D", str(folder), "-c", f"listen_addresses={SERVER[1]}", "-k", str(lab.files))
        lab.start("server", *as_owner, str(binary / "postgres"), *where, *tls)
        time.sleep(3)
        make = f"CREATE ROLE \"{USER}\" LOGIN PASSWORD '{PASSWORD}'"
        print(lab.run("server", "psql", "-h", str(lab.files), "-U", "postgres", "-c", make, check=False)[-300:])
        recording = lab.record("client", "server", case, "tcp port 5432 or arp")
        who = (
            f"host={SERVER[1]} user={USER} password={PASSWORD} dbname=postgres sslmode={mode} application_name=LabLink"
        )
        print(lab.run("client", "timeout", "5", "psql", who, "-c", "select 1", check=False)[-300:])
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {
    "tds": tds,
    "mariadb": lambda: mariadb("mysql/login.pcap", "--skip-ssl"),
    "mariadb-tls": lambda: mariadb("mysql/tls.pcap", "--ssl", "--tls-version=TLSv1.2"),
    "postgresql": lambda: postgresql("postgresql/login.pcap", "disable"),
    "postgresql-tls": lambda: postgresql("postgresql/tls.pcap", "require"),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
