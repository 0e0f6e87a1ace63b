"""Records pcaps/modbus, enip and s7comm: a meter and a station of pymodbus, a controller and a client of cpppo, a
controller and a programmer of Snap7, a server and a client of asyncua.

Needs root, iproute2, tcpdump, and a Python with pymodbus, cpppo, asyncua and python-snap7 1.4 (the later ones lay lists
out in a way of their own) to run it.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

DEVICE, STATION = "02:a8:00:00:00:20", "02:a8:00:00:00:30"

METER = """
import asyncio
from pymodbus import ModbusDeviceIdentification
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import StartAsyncTcpServer

identity = ModbusDeviceIdentification(
    info_name={
        "VendorName": "Acme Power", "ProductCode": "PM-8", "MajorMinorRevision": "2.1.4",
        "VendorUrl": "http://zqcanary.example", "ProductName": "Power meter", "ModelName": "PM-8/3",
    }
)
units = {number: ModbusDeviceContext(hr=ModbusSequentialDataBlock(1, [0x5A51] * 20)) for number in (1, 17)}
context = ModbusServerContext(devices=units, single=False)
asyncio.run(StartAsyncTcpServer(context, identity=identity, address=("10.71.0.20", 502)))
"""

READER = """
from pymodbus.client import ModbusTcpClient

client = ModbusTcpClient("10.71.0.20", port=502)
client.connect()
client.read_device_information(read_code=2, device_id=1)
client.report_device_id(device_id=1)
client.read_holding_registers(1, count=4, device_id=17)
client.write_register(1, 7, device_id=17)
client.close()
"""

CONTROLLER = """
import pathlib, sys, tempfile
from cpppo.server.enip.main import main

folder = tempfile.TemporaryDirectory()
settings = pathlib.Path(folder.name, "device.cfg")
settings.write_text(
    "[Identity]\\nVendor Number = 4711\\nDevice Type = 14\\nProduct Code Number = 54\\nProduct Revision = 2836\\n"
    "Serial Number = 7079450\\nProduct Name = Acme PLC-7 tube station\\n"
    "[TCPIP]\\nInterface Configuration = {\\"ip_address\\": \\"10.72.0.20\\"}\\n"
)
sys.exit(main(["-c", str(settings), "-a", "10.72.0.20:44818", "ZQCANARY=INT[10]"]))
"""

ASKER = """
import subprocess, sys

client = [sys.executable, "-m", "cpppo.server.enip.client", "-a", "10.72.0.20"]
for more in (["--udp", "--list-identity"], ["--list-identity"], ["@1/1"], ["ZQCANARY[0]=4711", "ZQCANARY[0]"]):
    print(subprocess.run([*client, *more], capture_output=True, timeout=10, text=True, check=False))
"""

PLC = """
import time
import snap7

server = snap7.server.Server()
values = (snap7.types.wordlen_to_ctypes[snap7.types.WordLen.Byte.value] * 32)()
server.register_area(snap7.types.srvAreaDB, 1, values)
server.start(102)
time.sleep(30)
"""

PROGRAMMER = """
from snap7.client import Client

client = Client()
client.connect("10.73.0.20", 0, 1)
for ask in (client.get_order_code, client.get_cpu_info):
    try:
        print(ask())
    except Exception as refusal:
        print(refusal)
client.db_read(1, 0, 8)
client.db_write(1, 0, bytearray(b"ZQCANARY"))
client.disconnect()
"""

UA_SERVER = """
import asyncio
from asyncua import Server

async def main():
    server = Server()
    await server.init()
    server.set_endpoint("opc.tcp://10.74.0.20:4840/analyser")
    server.set_server_name("Acme analyser 7")
    server.product_uri = "urn:acme.example:analyser"
    await server.set_application_uri("urn:analyser-7:acme:track")
    await server.nodes.objects.add_variable(2, "ZQCANARY", "ZQCANARYMARTIN^JEANNE")
    async with server:
        await asyncio.sleep(30)

asyncio.run(main())
"""

UA_CLIENT = """
import asyncio
from asyncua import Client

async def main():
    client = Client("opc.tcp://10.74.0.20:4840/analyser")
    client.set_user("zqcanary.user")
    await client.connect_and_get_server_endpoints()
    async with Client("opc.tcp://10.74.0.20:4840/analyser") as session:
        await session.nodes.objects.get_children()

asyncio.run(main())
"""


def record(capture: str, network: str, server: str, client: str, expression: str) -> None:
    """A device that serves, and a station that asks it."""
    with Lab() as lab:
        lab.host("device")
        lab.host("station")
        lab.wire("device", DEVICE, "station", STATION)
        lab.address("device", "station", f"{network}.20/24")
        lab.address("station", "device", f"{network}.30/24")
        recording = lab.record("station", "device", capture, expression)
        lab.start("device", sys.executable, "-c", server)
        time.sleep(4)
        print(lab.run("station", sys.executable, "-c", client, check=False))
        lab.finish(recording)


if __name__ == "__main__":
    record("modbus/meter.pcap", "10.71.0", METER, READER, "tcp port 502")
    record("enip/controller.pcap", "10.72.0", CONTROLLER, ASKER, "port 44818")
    record("opcua/analyser.pcap", "10.74.0", UA_SERVER, UA_CLIENT, "tcp port 4840")
    record("s7comm/plc.pcap", "10.73.0", PLC, PROGRAMMER, "tcp port 102")
