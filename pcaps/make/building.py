"""Records pcaps/bacnet: a controller and an engineering station of bacpypes3.

Needs root, iproute2, tcpdump, and a Python with bacpypes3 to run it.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

CONTROLLER, STATION = "02:a7:00:00:00:20", "02:a7:00:00:00:30"

DEVICE = """
import asyncio
from bacpypes3.app import Application
from bacpypes3.argparse import SimpleArgumentParser
from bacpypes3.local.analog import AnalogValueObject

async def main():
    args = SimpleArgumentParser().parse_args(
        "--name AHU-OR-3 --instance 260031 --vendoridentifier 999 --address 10.70.0.20/24".split()
    )
    app = Application.from_args(args)
    device = app.device_object
    device.modelName = "Acme VAV-80"
    device.vendorName = "Acme Controls"
    device.firmwareRevision = "4.2.1"
    device.applicationSoftwareVersion = "OR ventilation 7"
    device.location = "Plant room 2"
    device.serialNumber = "AC-004711"
    device.description = "ask ZQCANARYMARTIN JEANNE"
    app.add_object(
        AnalogValueObject(objectIdentifier=("analog-value", 1), objectName="ZQCANARY room 312", presentValue=21.5)
    )
    await asyncio.sleep(60)

asyncio.run(main())
"""

CLIENT = """
import asyncio
from bacpypes3.app import Application
from bacpypes3.argparse import SimpleArgumentParser
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import ObjectIdentifier

async def main():
    args = SimpleArgumentParser().parse_args(
        "--name station --instance 4000 --vendoridentifier 999 --address 10.70.0.30/24".split()
    )
    app = Application.from_args(args)
    await app.who_is(260031, 260031, timeout=2)
    device, controller = ObjectIdentifier("device,260031"), Address("10.70.0.20")
    for name in "object-name model-name vendor-identifier vendor-name".split():
        await app.read_property(controller, device, name)
    names = "firmware-revision application-software-version location serial-number description".split()
    await app.read_property_multiple(controller, [device, names])
    point = ObjectIdentifier("analog-value,1")
    await app.read_property_multiple(controller, [point, ["object-name", "present-value"]])
    try:
        await app.write_property(controller, point, "present-value", 22.0)
    except Exception as refusal:
        print(refusal)

asyncio.run(main())
"""


def bacnet() -> None:
    """The station looks for the controller, asks what it is, and changes a value."""
    with Lab() as lab:
        lab.host("controller")
        lab.host("station")
        lab.wire("controller", CONTROLLER, "station", STATION)
        lab.address("controller", "station", "10.70.0.20/24")
        lab.address("station", "controller", "10.70.0.30/24")
        recording = lab.record("station", "controller", "bacnet/controller.pcap", "udp port 47808")
        lab.start("controller", sys.executable, "-c", DEVICE)
        time.sleep(4)
        print(lab.run("station", sys.executable, "-c", CLIENT, check=False))
        lab.finish(recording)


if __name__ == "__main__":
    bacnet()
