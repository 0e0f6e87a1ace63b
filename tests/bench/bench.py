"""What reading a capture costs: this sensor beside tcpdump, tshark and ndpiReader, in one run and in turn.

    python -m tests.bench.bench [--rounds N] [--keep FOLDER] [--write PAGE] [imaging[:MB]|ward|storm|FILE ...]

CPU seconds are user and system time of the whole process, the median of the rounds; what else the machine does moves
them less than wall time. Packets and bytes are per CPU second without the start-up, which is reading a capture of no
packets. Ratios are of CPU seconds without the start-up. Then, stage by stage, where the time of the sensor goes.
--write puts the same figures into a page of the documentation, between its two marks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.bench.stages import NAMES

OUT = Path("bench-out")
MIXES = ("imaging", "ward", "storm")
SIZE = 200  # MB of a generated capture
BEGIN, END = "<!-- figures: written by make bench -->\n", "<!-- end of figures -->\n"
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
        "sensor": [str(sensor), "read", "--workers", "1", "{}", "--db", f"sqlite:///{database}"],
        "sensor, 2 processes": [str(sensor), "read", "--workers", "2", "{}", "--db", f"sqlite:///{database}"],
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


def captures(names: list[str], folder: Path) -> dict[str, Path]:
    """The captures by name, generated where they are missing; in another process, so that this one stays small."""
    found = {}
    for name in names:
        mix, _, megabytes = name.partition(":")
        if mix not in MIXES:
            found[Path(name).name] = Path(name)
            continue
        size = int(megabytes or SIZE)
        found[mix] = folder / f"{mix}-{size}.pcap"
        if not found[mix].exists():
            print(f"generating {found[mix]} ...", flush=True)
            subprocess.run([sys.executable, "-m", "tests.bench.generate", mix, str(size), found[mix]], check=True)
    return found


def measure(captures: dict[str, Path], rounds: int, scratch: Path) -> dict[tuple[str, str], Cost]:
    """(tool, capture) -> median cost. "" is the capture of no packets."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", "sensor", "parsers"], check=True)  # as an installer does
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


def stages(captures: dict[str, Path]) -> dict[str, dict[str, float]]:
    """Capture -> CPU seconds by stage, and counts of rows."""
    found = {}
    for name, path in captures.items():
        command = [sys.executable, "-m", "tests.bench.stages", str(path)]
        found[name] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def against(ratio: float) -> str:
    """How the CPU seconds of a tool compare to the sensor's."""
    return f"{ratio:.1f} times more" if ratio >= 1 else f"{1 / ratio:.1f} times less"


def compared(captures: dict[str, Path], costs: dict[tuple[str, str], Cost]) -> list[list[str]]:
    """A line for each capture and tool."""
    lines = []
    for name, path in captures.items():
        count, size = packets(path), path.stat().st_size / 1e6
        tools = [tool for tool, of in costs if of == name]
        net = {tool: max(0.001, costs[tool, name].cpu - costs[tool, ""].cpu) for tool in tools}
        for tool in tools:
            cost, start = costs[tool, name], costs[tool, ""]
            what = f"{name}: {count:,} packets, {size:,.0f} MB" if tool == tools[0] else ""
            if cost.status:
                lines.append([what, tool, f"failed ({cost.status}): {cost.said[:60]}", "", "", "", "", ""])
                continue
            comparable = tool != "sensor" and "sensor" in net and not costs["sensor", name].status
            lines.append(
                [
                    what,
                    tool,
                    f"{cost.cpu:.2f}",
                    f"{start.cpu:.2f}",
                    f"{cost.wall:.1f}",
                    f"{count / net[tool] / 1e3:,.0f}",
                    f"{cost.peak:,.0f}",
                    against(net[tool] / net["sensor"]) if comparable else "1" if tool == "sensor" else "",
                ]
            )
    return lines


def taken(found: dict[str, dict[str, float]]) -> list[list[str]]:
    """A line for each stage, then one for the rows; a column for each capture."""
    lines = []
    for stage, title in NAMES.items():
        lines.append([title, *(f"{of.get(stage, 0):.2f}" for of in found.values())])
    rows = [f"{of.get('rows', 0):,.0f}, {of.get('wanted', 0):,.0f} of them" for of in found.values()]
    return [*lines, ["rows handed on; of use", *rows]]


COMPARED = [
    "capture",
    "tool",
    "CPU s",
    "start-up s",
    "wall s",
    "thousand packets/s",
    "peak MiB",
    "CPU, against the sensor",
]


def table(head: list[str], lines: list[list[str]]) -> str:
    """As Markdown, which is read as it stands."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *lines))


def write(page: Path, figures: str) -> None:
    """Puts the figures between the marks of a page."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page}: no marks to write between; put {BEGIN.strip()} and {END.strip()} there")
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")


def compiled() -> str:
    from sensor.wire import kernel, pressure, records

    plain = [module.__name__ for module in (kernel, pressure, records) if not getattr(module, "COMPILED", False)]
    return f"plain Python: {', '.join(plain)}" if plain else "compiled"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("captures", nargs="*", default=["imaging", "ward"], help="mixes, or files of your own")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--keep", type=Path, default=OUT, help="where generated captures are kept")
    arguments.add_argument("--write", type=Path, metavar="PAGE", help="also write the figures between the page's marks")
    given = arguments.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    chosen = captures(given.captures, given.keep)
    with tempfile.TemporaryDirectory() as scratch:
        costs = measure(chosen, given.rounds, Path(scratch))
    found = stages(chosen)
    conditions = (
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, kernel {compiled()}"
    )
    figures = f"{conditions}, {given.rounds} {'round' if given.rounds == 1 else 'rounds'}.\n\n"
    figures += table(COMPARED, compared(chosen, costs))
    figures += "\nWhere the time of one process goes, in CPU seconds:\n\n" + table(["stage", *found], taken(found))
    print(figures)
    for name in chosen:
        sensor = costs["sensor", name]
        if not sensor.status and sensor.peak > MEMORY_MAX:
            print(f"{name}: the sensor took {sensor.peak:.0f} MiB; it may take {MEMORY_MAX}")
    if given.write:
        write(given.write, figures)


if __name__ == "__main__":
    main()
