"""Records telephones and cameras: baresip at Kamailio, ffmpeg at GStreamer's RTSP server. Users are made up: ZQCANARY.

`python pcaps/make/telephony.py [case ...]`. Needs root, iproute2, tcpdump, kamailio, baresip-core, ffmpeg,
gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base and -good (python3-gi of the system's Python).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from lab import Lab
from services import CLIENT, PASSWORD, SERVER, USER, pair

KAMAILIO = """\
debug=1
log_stderror=yes
fork=no
children=1
listen=udp:{address}:5060
listen=tcp:{address}:5060
loadmodule "sl.so"
loadmodule "textops.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
request_route {{
    if (is_method("REGISTER")) {{ save("location"); exit; }}
    if (!lookup("location")) {{ sl_send_reply("404", "Not Found"); exit; }}
    t_relay();
}}
"""
CAMERA = """\
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_service("554")
factory = GstRtspServer.RTSPMediaFactory.new()
factory.set_launch("( audiotestsrc is-live=true ! audio/x-raw,rate=8000 ! alawenc ! rtppcmapay name=pay0 )")
server.get_mount_points().add_factory("/ZQCANARY", factory)
server.attach(None)
GLib.MainLoop().run()
"""


def telephone(case: str, transport: str) -> None:
    """A telephone registers, and calls somebody who is not there."""
    with Lab() as lab:
        pair(lab)
        settings = lab.files / "kamailio.cfg"
        settings.write_text(KAMAILIO.format(address=SERVER[1]))
        lab.start("server", "kamailio", "-f", str(settings), "-DD", "-E", "-m", "16", "-M", "4", "-Y", str(lab.files))
        time.sleep(2)
        phone = lab.files / "phone"
        phone.mkdir()
        account = f'"ZQCANARYMARTIN JEANNE" <sip:{USER}@{SERVER[1]};transport={transport}>;auth_pass={PASSWORD}'
        (phone / "accounts").write_text(f"{account};regint=600\n")
        modules = "".join(f"module {name}.so\n" for name in ("g711", "stdio"))
        apps = "".join(f"module_app {name}.so\n" for name in ("account", "menu"))
        (phone / "config").write_text(
            f"sip_listen {CLIENT[1]}:5060\nmodule_path /usr/lib/baresip/modules\n{modules}{apps}"
        )
        recording = lab.record("client", "server", case, "port 5060 or arp")
        call = f"/dial sip:zqcanary.other@{SERVER[1]};transport={transport}"
        print(lab.run("client", "timeout", "8", "baresip", "-f", str(phone), "-e", call, "-t", "5", check=False)[-900:])
        lab.finish(recording)


def camera() -> None:
    """A camera, or what stands for it, shows itself to whoever asks; its sound goes between the messages."""
    with Lab() as lab:
        pair(lab)
        lab.start("server", "/usr/bin/python3", "-c", CAMERA)
        time.sleep(3)
        recording = lab.record("client", "server", "rtsp/open.pcap", "tcp port 554 or arp")
        url = f"rtsp://{SERVER[1]}:554/ZQCANARY"
        options = ("-rtsp_transport", "tcp", "-i", url, "-t", "0.2", "-f", "null", "-")
        print(lab.run("client", "timeout", "6", "ffmpeg", "-nostdin", *options, check=False)[-400:])
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {
    "sip": lambda: telephone("sip/telephone.pcap", "udp"),
    "sip-tcp": lambda: telephone("sip/telephone-tcp.pcap", "tcp"),
    "rtsp": camera,
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
