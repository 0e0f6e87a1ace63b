"""Records pcaps/http: nginx and curl, in hosts behind one switch. Patients and passwords are made up: ZQCANARY.

`python pcaps/make/web.py [case ...]`. Needs root, iproute2, tcpdump, nginx and curl.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab import Lab

HOSTS = {  # name -> (MAC, address)
    "viewer": ("00:50:56:40:00:41", "10.40.0.41"),
    "server": ("00:50:56:40:00:80", "10.40.0.80"),
    "proxy": ("00:50:56:40:00:31", "10.40.0.31"),
}

PAGE = "<!DOCTYPE html><html><head><title>Acme PACS Web 4.2 - Login</title></head><body>ZQCANARYMARTIN</body></html>\n"
PATIENT = "<html><head><title>ZQCANARYMARTIN JEANNE</title></head><body>ZQCANARY4711</body></html>\n"

NGINX = """
daemon off; worker_processes 1; user root; pid {files}/{name}.pid; error_log {files}/{name}.log;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {files}/{name}-b; proxy_temp_path {files}/{name}-p; fastcgi_temp_path {files}/{name}-f;
  uwsgi_temp_path {files}/{name}-u; scgi_temp_path {files}/{name}-s;
  server {{ listen {address}; root {files}/www; {rest} }}
}}
"""
SITE = """
  add_header X-Powered-By "PHP/8.2.7" always; add_header Set-Cookie "session=ZQCANARY4711";
  location /admin { auth_basic "Acme PACS administration"; auth_basic_user_file FILES/users; }
  location /submit { return 200 "stored\\n"; }
"""
FORWARD = """
  location / { proxy_pass http://10.40.0.80; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host pacs.wards.example; proxy_set_header Via "1.1 gate.wards.example (nginx)";
    add_header Via "1.1 gate.wards.example" always; }
"""


def network(lab: Lab, *names: str) -> None:
    lab.host("switch")
    lab.run("switch", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    lab.run("switch", "ip", "link", "add", "to-all", "type", "bridge")
    for number, name in enumerate(names):
        mac, address = HOSTS[name]
        lab.host(name)
        lab.wire(name, mac, "switch", f"02:40:00:00:00:{number:02x}")
        lab.address(name, "switch", f"{address}/24")
        lab.run("switch", "ip", "link", "set", f"to-{name}", "master", "to-all")
    lab.run("switch", "ip", "link", "set", "to-all", "up")


def nginx(lab: Lab, name: str, rest: str) -> subprocess.Popen[bytes]:
    www = lab.files / "www"
    www.mkdir(exist_ok=True)
    (www / "index.html").write_text(PAGE)
    (www / "patient.html").write_text(PATIENT)
    (www / "admin").mkdir(exist_ok=True)
    (www / "admin" / "index.html").write_text(PATIENT)
    (lab.files / "users").write_text("ZQCANARY:{PLAIN}ZQCANARY-secret\n")
    rest = rest.replace("FILES", str(lab.files))
    configuration: Path = lab.files / f"{name}.conf"
    configuration.write_text(NGINX.format(files=lab.files, name=name, address=f"{HOSTS[name][1]}:80", rest=rest))
    process = lab.start(name, "nginx", "-c", str(configuration))
    time.sleep(0.7)
    return process


def curl(lab: Lab, *arguments: str) -> None:
    lab.run("viewer", "curl", "-sS", "-o", "/dev/null", "--max-time", "10", *arguments)


def login() -> None:
    """A viewer opens the entrance of a PACS, then a patient's page, a form and the administration with a password."""
    with Lab() as lab:
        network(lab, "viewer", "server")
        nginx(lab, "server", SITE)
        recording = lab.record("switch", "all", "http/login.pcap", "tcp port 80 or arp")
        host, url = ["-H", "Host: pacs.wards.example"], "http://10.40.0.80"
        page = f"{url}/patient.html?name=ZQCANARYMARTIN"
        cookie = ["-b", "session=ZQCANARY4711", "-e", f"{url}/patient/ZQCANARY4711"]
        agent = ["-A", "AcmeViewer/3.1 (Windows NT 10.0; Win64; x64)"]
        # one connection: entrance, page, form; then the head of a page, the administration without and with a password
        curl(
            lab, *host, *agent, f"{url}/", "--next", "-sS", "-o", "/dev/null", *host, *agent, *cookie, page, "--next",
            "-sS", "-o", "/dev/null", *host, *agent, "-d", "name=ZQCANARYMARTIN&id=ZQCANARY4711", f"{url}/submit",
        )  # fmt: skip
        curl(lab, *host, "-I", page)
        curl(lab, *host, f"{url}/admin/")
        curl(lab, *host, "-u", "ZQCANARY:ZQCANARY-secret", f"{url}/admin/")
        lab.finish(recording)


def proxied() -> None:
    """The same entrance through a reverse proxy, both of its sides on the wire."""
    with Lab() as lab:
        network(lab, "viewer", "proxy", "server")
        nginx(lab, "server", SITE)
        nginx(lab, "proxy", FORWARD)
        recording = lab.record("switch", "all", "http/proxied.pcap", "tcp port 80 or arp")
        curl(lab, "-H", "Host: pacs.wards.example", "http://10.40.0.31/")
        curl(lab, "-H", "Host: pacs.wards.example", "http://10.40.0.31/patient.html?id=ZQCANARY4711")
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {"login": login, "proxied": proxied}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
