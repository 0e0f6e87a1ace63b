"""What reading a capture costs: this sensor beside tcpdump, tshark and ndpiReader, in one run and in turn.

    python -m tests.bench.bench [--size MB] [--rounds N] [--keep FOLDER] [imaging|ward|storm|FILE ...]

CPU seconds are user and system time of the whole process, the median of the rounds; what else the machine does moves
them less than wall time. Packets and bytes are per CPU second without the start-up, which is reading a capture of no
packets. Ratios are of CPU seconds without the start-up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

OUT = Path("bench-out")
MIXES = ("imaging", "ward", "storm")
MEMORY_MAX = 300  # MiB that the sensor may take, whatever the size of the file
EMPTY = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000")  # a pcap header
FIELDS = (
    "dicom.assoc.ae.calling",
    "dicom.assoc.ae.called",
    "dicom.userinfo.uid",
    "dicom.userinfo.version",
    "hl7.message.type",
    "hl7.field",
    "dhcp.option.hostname",
    "dhcp.option.vendor_class_id",
    "tls.handshake.extensions_server_name",
    "http.server",
    "http.user_agent",
    "dns.qry.name",
    "dns.resp.name",
    "arp.src.hw_mac",
    "arp.src.proto_ipv4",
)


class Cost(NamedTuple):
    cpu: float  # seconds
    wall: float
    peak: float  # MiB
    status: int
    said: str  # the last line of what it complained of


def tools(database: Path) -> dict[str, list[str]]:
    """Name -> command; {} stands for the capture."""
    sensor = Path(sys.executable).with_name("sensor")
    fields = [part for field in FIELDS for part in ("-e", field)]
    return {
        "sensor": [str(sensor), "read", "{}", "--db", f"sqlite:///{database}"],
        "tcpdump": ["tcpdump", "-r", "{}", "-w", "/dev/null"],
        "tshark": ["tshark", "-n", "-r", "{}", "-T", "fields", *fields],
        "ndpiReader": ["ndpiReader", "-q", "-i", "{}"],
    }


def run(command: list[str], capture: Path) -> Cost:
    """One run, measured by what the system says of the process and its children when it ends."""
    with tempfile.TemporaryFile() as errors:
        before = os.times().elapsed
        process = subprocess.Popen(
            [part.replace("{}", str(capture)) for part in command], stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = os.times().elapsed - before
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, wall, usage.ru_maxrss / 1024, process.returncode, lines[-1] if lines else "")


def packets(capture: Path) -> int:
    command = ["tcpdump", "-r", str(capture), "--count"]
    counted = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return int(counted[0]) if counted else 0


def captures(names: list[str], size: int, folder: Path) -> dict[str, Path]:
    """The captures by name, generated where they are missing; in another process, so that this one stays small."""
    found = {}
    for name in names:
        if name not in MIXES:
            found[Path(name).name] = Path(name)
            continue
        found[name] = folder / f"{name}-{size}.pcap"
        if not found[name].exists():
            print(f"generating {found[name]} ...", flush=True)
            subprocess.run([sys.executable, "-m", "tests.bench.generate", name, str(size), found[name]], check=True)
    return found


def measure(captures: dict[str, Path], rounds: int, scratch: Path) -> dict[tuple[str, str], Cost]:
    """(tool, capture) -> median cost. "" is the capture of no packets."""
    empty = scratch / "empty.pcap"
    empty.write_bytes(EMPTY)
    commands = tools(scratch / "inventory.db")
    for tool in [tool for tool in commands if not shutil.which(commands[tool][0])]:
        print(f"{tool}: not installed, left out")
        del commands[tool]
    costs: dict[tuple[str, str], list[Cost]] = {}
    for number in range(rounds):
        for name, path in {"": empty, **captures}.items():
            for tool, command in commands.items():
                for leftover in scratch.glob("inventory.db*"):
                    leftover.unlink()
                print(f"\rround {number + 1} of {rounds}: {tool} {name or 'start-up'}\x1b[K", end="", flush=True)
                costs.setdefault((tool, name), []).append(run(command, path))
    print("\r\x1b[K", end="")
    return {key: middle(some) for key, some in costs.items()}


def middle(costs: list[Cost]) -> Cost:
    worst = max(costs, key=lambda cost: abs(cost.status))
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
        max(cost.peak for cost in costs),
        worst.status,
        worst.said,
    )


def report(captures: dict[str, Path], costs: dict[tuple[str, str], Cost]) -> None:
    names = list(dict.fromkeys(tool for tool, _ in costs))
    for name, path in captures.items():
        count, size = packets(path), path.stat().st_size / 1e6
        print(f"\n{name}: {count:,} packets, {size:.0f} MB, {size * 1e6 / max(1, count):.0f} bytes a packet")
        print(f"{'':12}{'CPU s':>8}{'wall s':>8}{'start s':>9}{'kpps':>8}{'MB/s':>8}{'peak MiB':>10}{'sensor is':>12}")
        net = {tool: max(0.001, costs[tool, name].cpu - costs[tool, ""].cpu) for tool in names}
        for tool in names:
            cost, start = costs[tool, name], costs[tool, ""]
            if cost.status:
                print(f"{tool:12}failed ({cost.status}): {cost.said[:90]}")
                continue
            row = f"{tool:12}{cost.cpu:8.2f}{cost.wall:8.2f}{start.cpu:9.2f}{count / net[tool] / 1e3:8.0f}"
            row += f"{size / net[tool]:8.0f}{cost.peak:10.0f}"
            if "sensor" in net and tool != "sensor" and not costs["sensor", name].status:
                ratio = net[tool] / net["sensor"]
                row += f"{ratio:9.1f} x" if ratio >= 1 else f"{'1/':>7}{1 / ratio:.1f} x"
            print(row)
        sensor = costs.get(("sensor", name))
        if sensor and not sensor.status and sensor.peak > MEMORY_MAX:
            print(f"sensor took {sensor.peak:.0f} MiB; it may take {MEMORY_MAX}")
    print('\n"sensor is": how many times fewer CPU seconds (start-up apart) the sensor took than this tool')


def compiled() -> str:
    from sensor.wire import kernel, pressure, records

    plain = [module.__name__ for module in (kernel, pressure, records) if not getattr(module, "COMPILED", False)]
    return f"plain Python: {', '.join(plain)}" if plain else "compiled"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("captures", nargs="*", default=["imaging", "ward"], help="mixes, or files of your own")
    arguments.add_argument("--size", type=int, default=200, help="MB of a generated capture")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--keep", type=Path, default=OUT, help="where generated captures are kept")
    given = arguments.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    chosen = captures(given.captures, given.size, given.keep)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, kernel {compiled()}")
    with tempfile.TemporaryDirectory() as scratch:
        report(chosen, measure(chosen, given.rounds, Path(scratch)))


if __name__ == "__main__":
    main()
