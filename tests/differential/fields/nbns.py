"""NetBIOS name service: the names that hosts claim and answer for. tshark writes the suffix behind a name: X<20>.

The entries of a status have no suffix there, which would tell a computer from the group whose list it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.differential.table import SENDER, Differs, Frame, Shown, Table

NAME, ADDRESS, GROUP = "nbns.name", "nbns.addr", "nbns.nb_flags.group"
RESPONSE, OPCODE, CODE, TYPE = "nbns.flags.response", "nbns.flags.opcode", "nbns.flags.rcode", "nbns.type"
STATUS, STATUS_GROUP, UNIT = "nbns.netbios_name", "nbns.name_flags.group", "nbns.unit_id"
NEEDS = (ADDRESS, GROUP, RESPONSE, OPCODE, CODE, TYPE, STATUS_GROUP)
NAMED = re.compile(r"([^<]+)<(?:00|20)>(?: \(.*\))?")
CLAIMS, NB, YES = ("5", "8", "9", "15"), "32", ("1", "True")


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    """Claims are of the sender, answers of the addresses in them."""
    answers = frame.last(RESPONSE) in YES
    for text, group in zip(frame.all(STATUS), frame.all(STATUS_GROUP), strict=False):
        if group not in YES:
            yield frame.host(SENDER), text
    found = NAMED.fullmatch(frame.last(NAME))
    if found is None or frame.last(TYPE) != NB or frame.last(CODE) not in ("", "0"):
        return
    if answers or frame.last(OPCODE) in CLAIMS:
        for address, group in zip(frame.all(ADDRESS), frame.all(GROUP), strict=False):
            if group not in YES:
                yield address if answers else frame.host(SENDER), found[1]


def unit(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.last(UNIT).strip("0:"):
        yield frame.host(SENDER), frame.last(UNIT)


LIST = "the status of whoever keeps the list of a group, whose name is his alone by another suffix"
TABLE = Table(
    (Shown("nbns.name", (NAME, STATUS), needs=NEEDS, read=names), Shown("nbns.mac", (UNIT,), read=unit)),
    differs=(
        Differs("elcabezzonn_Pcaps__windows_miscellany.pcap.gz", "nbns.name", LIST, theirs=("PICKLESWORTH",)),
        Differs("elcabezzonn_Pcaps__wmi_query.pcap.gz", "nbns.name", LIST, theirs=("PICKLESWORTH",)),
        Differs("nfstream_nfstream__tests_pcaps_skype_no_unknown.pcap", "nbns.name", LIST, theirs=("WORKGROUP",)),
    ),
)
