"""Records pcaps/modbus: a meter and a station of pymodbus.

Needs root, iproute2, tcpdump, and a Python with pymodbus to run it.
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
