"""Records pcaps/tls: nginx with certificates such as devices come with, and curl."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from lab import Lab

SERVER, CLIENT = "02:a0:00:00:00:41", "02:a0:00:00:00:42"
DEVICE = "/O=Acme Medical/OU=Patient Monitoring/CN=gw7.wards.example/serialNumber=SN-4711"
PERSON = "/O=Wards Hospital/OU=Radiology/CN=ZQCANARYMARTIN JEANNE/emailAddress=zqcanary@wards.example"

NGINX = """
daemon off;
user root;
pid {files}/nginx.pid;
error_log {files}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {files}/body; proxy_temp_path {files}/proxy; fastcgi_temp_path {files}/fastcgi;
  uwsgi_temp_path {files}/uwsgi; scgi_temp_path {files}/scgi;
  ssl_certificate {files}/device.pem;
  ssl_certificate_key {files}/device.key;
  server {{ listen 443 ssl http2; ssl_protocols TLSv1.2; return 200 "ok"; }}
  server {{ listen 8443 ssl; ssl_protocols TLSv1.3; return 200 "ok"; }}
  server {{ listen 8444 ssl; ssl_protocols TLSv1.3; ssl_ecdh_curve secp384r1; return 200 "ok"; }}
  server {{
    listen 11443 ssl; ssl_protocols TLSv1; ssl_ciphers DEFAULT:@SECLEVEL=0;
    ssl_certificate {files}/old.pem; ssl_certificate_key {files}/old.key; return 200 "ok";
  }}
  server {{
    listen 9443 ssl; ssl_protocols TLSv1.2; ssl_verify_client optional_no_ca; return 200 "ok";
  }}
}}
"""


def certificate(files: Path, name: str, subject: str, *, bits: str = "2048", days: str = "7300") -> None:
    key = [
        "-newkey",
        f"rsa:{bits}",
        "-nodes",
        "-keyout",
        str(files / f"{name}.key"),
        "-out",
        str(files / f"{name}.pem"),
    ]
    more = ["-addext", "subjectAltName=DNS:gw7.wards.example"] if name == "device" else []
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-days", days, "-subj", subject, *more], check=True, capture_output=True
    )


def sessions() -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("client")
        lab.wire("server", SERVER, "client", CLIENT)
        lab.address("server", "client", "10.20.0.41/24")
        lab.address("client", "server", "10.20.0.42/24")
        certificate(lab.files, "device", DEVICE)
        certificate(lab.files, "old", "/O=Acme Medical/CN=02A000000041", bits="1024")
        certificate(lab.files, "person", PERSON)
        (lab.files / "nginx.conf").write_text(NGINX.format(files=lab.files))
        lab.start("server", "nginx", "-c", f"{lab.files}/nginx.conf", "-e", f"{lab.files}/start.log")
        time.sleep(1.5)
        person = ["--cert", f"{lab.files}/person.pem", "--key", f"{lab.files}/person.key"]
        old = ["--tls-max", "1.0", "--tlsv1.0", "--ciphers", "DEFAULT:@SECLEVEL=0"]
        for case, port, options in (
            ("tls12", 443, []),
            ("tls13", 8443, []),
            ("tls13-retry", 8444, ["--curves", "X25519:P-384"]),
            ("tls10", 11443, old),
            ("client-certificate", 9443, person),
        ):
            recording = lab.record("client", "server", f"tls/{case}.pcap", "tcp")
            host = ["--resolve", f"gw7.wards.example:{port}:10.20.0.41"]
            print(case, lab.run("client", "curl", "-sk", *host, *options, f"https://gw7.wards.example:{port}/"))
            lab.finish(recording)


if __name__ == "__main__":
    sessions()
