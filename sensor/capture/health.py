"""Is this a useful mirror? What a bounded sample of frames tells of the port that they come from. Pure: blocks in, a
judgement out; what to do is said with each.

TCP is the witness for missing directions: whoever receives data acknowledges at least every second full segment
(RFC 9293, 3.8.6.3), so that a flow with several segments in one direction and none in the other was not like that on
the wire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from sensor.wire import tables
from sensor.wire.engine import Account, Block, Engine

OK, WARNING, PROBLEM = "ok", "warning", "problem"

FRAMES_MAX = 500_000  # of a sample: a few seconds' work
FLOWS_MIN = 10  # TCP flows below which nothing is said about directions
SEGMENTS_MIN = 6  # of a flow that is judged
DATA_MIN = 100  # bytes a frame, if it went one way only: openings that nobody answers are shorter, and prove nothing
FRAMES_MIN = 100  # below this nothing is said about shares
ONE_SIDED_WARNING, ONE_SIDED_PROBLEM = 0.1, 0.5  # of the flows: scans and asymmetric routes make some
COPIES_WARNING = 0.1  # of the frames
CUT_WARNING, CUT_PROBLEM = 0.001, 0.05
GROUP_PROBLEM = 0.99  # of the frames; a mirror of even an idle office network has more that is for one host
ASSEMBLED = 9216 + 26  # bytes: jumbo frames as switches know them, with header and two tags
SKEW = 2 * 10**9  # ns between a frame's time and the clock's
STEP = 10**9  # ns that time may go back between two frames
VLANS_SHOWN = 8
YEAR_2000 = 946_684_800 * 10**9

ETHERNET = 1
TCP = 6


class Check(Struct, frozen=True):
    """One judgement. do: what to do next, empty if nothing."""

    name: str
    level: str
    says: str
    do: str = ""


class Sample(Struct):
    """What was counted."""

    frames: int = 0
    bytes: int = 0
    first: int = 0  # time of the first frame in ns
    last: int = 0
    group: int = 0  # Ethernet frames to a broadcast or multicast address
    ethernet: int = 0
    cut: int = 0
    copies: int = 0
    unreadable: int = 0  # of a link type or protocol that the sensor does not read
    longest: int = 0  # bytes
    steps: int = 0  # times that time went back
    tcp_flows: int = 0  # those that are long enough to be judged
    one_sided: int = 0  # of them
    skew: int = 0  # ns that the frames' time was off the clock, at the worst; live only
    dropped: int = 0  # by the kernel while the sample was taken; live only
    misread: int = 0
    vlans: dict[int, int] = field(default_factory=dict)  # senders by VLAN, 0 is untagged

    @property
    def full(self) -> bool:
        """It is as large as it may become."""
        return self.frames >= FRAMES_MAX

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return max(0, self.last - self.first) / 1e9


class Sampler:
    """Fills a sample block by block."""

    def __init__(self) -> None:
        self.sample = Sample()
        self._engine = Engine()
        self._accounts: list[Account] = []

    def take(self, block: Block, now: int = 0) -> None:
        """now: the clock's time in ns if the frames have just come."""
        sample = self.sample
        for batch in self._engine.feed(block):
            self._accounts += batch.accounts
        for at in range(0, block.count * tables.RECORD_COLUMNS, tables.RECORD_COLUMNS):
            time, start, captured, original, link = block.records[at : at + tables.RECORD_COLUMNS].tolist()
            if sample.frames == 0:
                sample.first = sample.last = time
            sample.frames += 1
            sample.bytes += original
            sample.cut += captured < original
            sample.longest = max(sample.longest, original)
            sample.steps += time < sample.last - STEP
            sample.last = max(time, sample.last) if time >= sample.last - STEP else time
            if link == ETHERNET and captured:
                sample.ethernet += 1
                sample.group += block.data[start] & 1
            if now:
                sample.skew = max(sample.skew, abs(now - time))

    def finish(self) -> Sample:
        """No more frames."""
        self._engine.finish()
        sample, counters = self.sample, self._engine.counters()
        sample.copies = counters.get("copies.exact", 0) + counters.get("copies.routed", 0)
        sample.unreadable = counters.get("wire.link_type", 0) + counters.get("wire.link_protocol", 0)
        for account in (*self._accounts, *self._engine.each_account()):
            if account.slot < 0 or account.flow.protocol != TCP or sum(account.frames) < SEGMENTS_MIN:
                continue
            both = all(account.frames)
            if both or sum(account.bytes) >= DATA_MIN * sum(account.frames):
                sample.tcp_flows += 1
                sample.one_sided += not both
        sample.vlans = dict(sorted(Counter(end.vlan for end in self._engine.each_endpoint()).items()))
        return sample


def judge(sample: Sample, *, live: bool, mtu: int = 0) -> list[Check]:
    """What the sample means. mtu: of the interface it came from."""
    if not sample.frames:
        return [
            Check(
                "frames",
                PROBLEM,
                "no frame came",
                "look at the cable and the link (ip -s link), and whether the switch mirrors to this port at all"
                if live
                else "record again; the file holds no frame",
            )
        ]
    rate = f", {sample.frames / sample.seconds:,.0f} a second" if sample.seconds >= 1 else ""
    return [
        Check("frames", OK, f"{sample.frames:,} frames in {sample.seconds:.1f} s{rate}"),
        *_readable(sample),
        *_mirrored(sample, live),
        _directions(sample),
        *_whole(sample, live, mtu),
        *_copied(sample),
        _vlans(sample),
        *_timed(sample, live),
        *_lost(sample, live),
    ]


def _readable(sample: Sample) -> Iterator[Check]:
    if sample.unreadable * 2 > sample.frames:
        yield Check(
            "link",
            PROBLEM,
            f"{_share(sample.unreadable, sample.frames)} of the frames are of a link type that is not read",
            "mirror an Ethernet port",
        )


def _mirrored(sample: Sample, live: bool) -> Iterator[Check]:
    if sample.ethernet < FRAMES_MIN:
        return
    says = f"{_share(sample.group, sample.ethernet)} of the frames are broadcasts and multicasts"
    if sample.group >= GROUP_PROBLEM * sample.ethernet:
        where = "that the interface is promiscuous (no --no-promiscuous), and " if live else ""
        yield Check(
            "mirror", PROBLEM, f"{says}: this is no mirror", f"check {where}that this is the mirror's target port"
        )
    else:
        yield Check("mirror", OK, says)


def _directions(sample: Sample) -> Check:
    if sample.tcp_flows < FLOWS_MIN:
        return Check(
            "directions",
            OK,
            f"only {sample.tcp_flows} TCP flows were long enough to judge",
            "look longer (--seconds), or at a busier hour",
        )
    says = f"{_share(sample.one_sided, sample.tcp_flows)} of {sample.tcp_flows:,} TCP flows lack a direction"
    if sample.one_sided >= ONE_SIDED_WARNING * sample.tcp_flows:
        level = PROBLEM if sample.one_sided >= ONE_SIDED_PROBLEM * sample.tcp_flows else WARNING
        return Check(
            "directions",
            level,
            says,
            "mirror both directions (rx and tx) of the source ports; where they come in at two ports (a TAP), bond"
            " these and listen on the bond (docs/deployment.md)",
        )
    return Check("directions", OK, says)


def _whole(sample: Sample, live: bool, mtu: int) -> Iterator[Check]:
    limit = mtu + 26 if mtu else ASSEMBLED
    if sample.longest > limit:
        where = "ethtool -K INTERFACE gro off lro off tso off gso off"
        yield Check(
            "offloads",
            WARNING,
            f"frames of up to {sample.longest:,} bytes: the network card put packets together",
            f"switch that off: {where}" if live else f"switch that off where it is recorded: {where}",
        )
    if sample.cut > CUT_WARNING * sample.frames:
        yield Check(
            "cut",
            PROBLEM if sample.cut > CUT_PROBLEM * sample.frames else WARNING,
            f"{_share(sample.cut, sample.frames)} of the frames are cut short",
            "take the truncation out of the mirror session; leave out --snap"
            if live
            else "record whole frames: tcpdump -s 0",
        )
    else:
        yield Check("cut", OK, f"{sample.cut:,} frames are cut short")


def _copied(sample: Sample) -> Iterator[Check]:
    says = f"{_share(sample.copies, sample.frames)} of the frames are copies of others"
    if sample.frames >= FRAMES_MIN and sample.copies > COPIES_WARNING * sample.frames:
        yield Check(
            "copies",
            WARNING,
            f"{says}; they count once, and cost as much as the others",
            "mirror each frame once: ports or VLANs, not both; a VLAN in one direction (rx) only",
        )
    else:
        yield Check("copies", OK, says)


def _vlans(sample: Sample) -> Check:
    most = sorted(sample.vlans.items(), key=lambda item: (-item[1], item[0]))[:VLANS_SHOWN]
    names = [f"{vlan or 'untagged'} ({count:,} senders)" for vlan, count in most]
    more = len(sample.vlans) - len(names)
    says = f"VLANs: {', '.join(names) or 'none'}{f', and {more} more' if more > 0 else ''}"
    if set(sample.vlans) == {0}:
        return Check("vlans", OK, says, "if several VLANs are mirrored, have the switch keep their tags")
    return Check("vlans", OK, says)


def _timed(sample: Sample, live: bool) -> Iterator[Check]:
    if sample.steps:
        yield Check(
            "time",
            WARNING,
            f"time went back {sample.steps:,} times",
            "let one NTP daemon slew the clock"
            if live
            else "if these are several recordings in one file, read them with --joined instead",
        )
    if live and sample.skew > SKEW:
        yield Check(
            "time",
            PROBLEM,
            f"frames are up to {sample.skew / 1e9:.1f} s off the clock",
            "set the clock; look whether the network card stamps frames by a clock of its own",
        )
    elif not live and sample.first < YEAR_2000:
        yield Check("time", WARNING, "the frames are from before the year 2000", "set the clock of what recorded them")


def _lost(sample: Sample, live: bool) -> Iterator[Check]:
    if live and sample.dropped:
        yield Check(
            "drops",
            WARNING,
            f"{sample.dropped:,} frames were dropped while the sample was taken",
            "nothing, if this machine was busy; else more --workers and a larger --ring",
        )
    if sample.misread:
        yield Check("misread", PROBLEM, f"{sample.misread:,} frames were not where the kernel said", "report it")


def worst(checks: Iterable[Check]) -> str:
    """The level of all of them together."""
    levels = {check.level for check in checks}
    return next((level for level in (PROBLEM, WARNING) if level in levels), OK)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
