"""What the listing commands print: the JSON shapes in full, the tables by what must be in them."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from msgspec.structs import replace

from sensor.correlate.device import Tenure
from sensor.store.schema import REVISION
from sensor.store.store import Store
from tests.cli.conftest import DEVICES, HOSTILE, NOON, Run, stated

CT_JSON = {
    "id": "c7aaaaaa0001",
    "kind": "ct_scanner",
    "name": "CT001",
    "parent": None,
    "attributes": {
        "manufacturer": {
            "value": "Siemens Healthineers",
            "confidence": 0.95,
            "sources": ["arp", "dicom"],
            "others": ["Philips"],
        },
        "model": {"value": "SOMATOM Definition AS+", "confidence": 0.9, "sources": [], "others": []},
        "serial": {"value": "66734", "confidence": 0.9, "sources": [], "others": []},
    },
    "interfaces": ["00:09:fb:11:22:33"],
    "addresses": [
        {"ip": "10.1.2.9", "from": "2026-01-05T08:00:00.000000000Z", "until": "2026-01-05T08:00:00.000000000Z"},
        {"ip": "10.1.2.3", "from": "2026-01-05T08:00:00.000000000Z", "until": "2026-01-05T12:00:00.000000000Z"},
    ],
    "applications": ["CT001"],
    "first_seen": "2026-01-05T08:00:00.000000000Z",
    "last_seen": "2026-01-05T12:00:00.000000000Z",
}


def parsed(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def harmless(text: str) -> bool:
    return "\x1b" not in text and "\u202e" not in text


def test_devices_as_json_are_sorted_by_id(run: Run) -> None:
    for words in (("devices", "--json"), ("devices", "list", "--json")):
        found = parsed(run(*words))
        assert [one["id"] for one in found] == ["3ecccccc0003", "6abbbbbb0002", "c7aaaaaa0001", "c7dddddd0004"]
        assert found[2] == CT_JSON
        assert list(found[2]) == list(CT_JSON)
        assert found[0]["parent"] == "6abbbbbb0002"
        assert found[0]["name"] == HOSTILE


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--kind", "ct_scanner"], ["c7aaaaaa0001"]),
        (["--kind", "ct_scanner", "--kind", "pacs_archive"], ["c7aaaaaa0001", "c7dddddd0004"]),
        (["--site", "annex"], ["c7dddddd0004"]),
        (["--kind", "infusion_pump"], []),
    ],
)
def test_devices_can_be_chosen(run: Run, words: list[str], ids: list[str]) -> None:
    assert [one["id"] for one in parsed(run("devices", *words, "--json"))] == ids


def test_unconfirmed_addresses_are_hidden_but_said(run: Run) -> None:
    hidden = run("devices")
    assert "10.1.2.78" not in hidden.stdout
    assert "4 devices (1 unconfirmed hidden: --unconfirmed)" in hidden.stderr
    shown = run("devices", "--unconfirmed")
    assert "10.1.2.78" in shown.stdout
    found = parsed(run("devices", "--unconfirmed", "--json"))
    assert [one["id"] for one in found if one.get("state") == "unconfirmed"] == ["00eeeeee0005"]


def test_the_table_says_what_an_engineer_looks_for(run: Run) -> None:
    result = run("devices")
    assert result.exit_code == 0
    rows = result.stdout.splitlines()
    ct = next(row for row in rows if row.startswith("c7aaaaa"))
    for cell in ("CT scanner", "Siemens Healthineers", "SOMATOM Definition AS+", "66734", "CT001", "10.1.2.3 +1"):
        assert cell in ct
    assert ct.endswith("00:09:fb:11:22:33  2026-01-05")
    assert "(Philips)" in next(row for row in rows if row.startswith("6abbbbb"))
    assert "behind 6abbbbb" in next(row for row in rows if row.startswith("3eccccc"))
    assert harmless(result.stdout)
    assert rows[0].index("Serial") == ct.index("66734")


@pytest.mark.parametrize("name", ["c7aaaaaa0001", "c7a", "01dbeef00000", "01db"])
def test_a_device_by_id_alias_or_beginning(run: Run, name: str) -> None:
    shown = run("devices", "show", name)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("CT scanner, CT001\n")
    assert parsed(run("devices", "show", name, "--json"))[0]["id"] == "c7aaaaaa0001"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("beef", "no device has the id 'beef'; sensor devices lists them"),
        ("c7", "'c7' is the beginning of c7aaaaaa0001 c7dddddd0004; give more of it"),
        ("%", "no device has the id '%'"),
        ("", "no device has the id ''"),
    ],
)
@pytest.mark.parametrize("command", [["devices", "show"], ["devices", "why"], ["evidence", "--device"]])
def test_an_unknown_device_is_wrong_use(run: Run, command: list[str], name: str, says: str) -> None:
    result = run(*command, name)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


def test_show_tells_all(run: Run) -> None:
    text = run("devices", "show", "c7aaaaaa0001").stdout
    for words in (
        "also 01dbeef00000",
        "Siemens Healthineers (95%), 2 sources",
        "not Philips (30%)",
        "10.1.2.3  2026-01-05T08:00:00Z to 2026-01-05T12:00:00Z",
        "one application on one address",
        "00:09:fb:11:22:33 10.1.2.3 vlan 12 application CT001",
    ):
        assert words in text
    gateway = run("devices", "show", "6ab").stdout
    assert "3ecccccc0003  Bedside patient monitor" in gateway
    assert harmless(gateway)
    whole = parsed(run("devices", "show", "6ab", "--json"))[0]
    assert whole["components"] == ["3ecccccc0003"]
    assert whole["subjects"] == [{"type": "endpoint", "mac": "00:09:fb:44:55:66", "ip": "10.1.2.40", "vlan": 0}]


def test_a_replaced_device_says_by_what(run: Run, tmp_path: Path) -> None:
    """Another serial number under the same title and address, after it."""
    url = f"sqlite:///{tmp_path}/inventory.db"
    (old,) = [one for one in DEVICES if one.id == "c7aaaaaa0001"]
    new = replace(
        old,
        id="c8ffffff0009",
        attributes=(stated("serial", "70001"),),
        addresses=(Tenure("10.1.2.3", NOON + 1, NOON + 2),),
        aliases=(),
    )
    with Store.open(url) as store:
        store.save_devices("main", [old, new])
    assert "replaced serial: 66734 -> 70001 (c8ffffff0009)" in run("devices", "show", old.id, "--db", url).stdout
    (life,) = (one["life"] for one in parsed(run("devices", "show", new.id, "--json", "--db", url)))
    (change,) = (one for one in life["changes"] if one["what"] == "replaced")
    assert (change["device"], change["before"]) == (old.id, "66734")


def test_why_gives_field_value_weight_capture_frame_times_and_rule(run: Run) -> None:
    lines = run("devices", "why", "c7aaaaaa0001", "manufacturer").stdout.splitlines()
    text = "\n".join(lines)
    assert "manufacturer: Siemens Healthineers (95%)" in lines
    at = next(n for n, line in enumerate(lines) if "dicom.manufacturer = SIEMENS" in line)
    assert lines[at].split() == ["for", "0.90", "dicom.manufacturer", "=", "SIEMENS", "rule", "maker-siemens"]
    assert "said by dicom about 00:09:fb:11:22:33 10.1.2.3 vlan 12 application CT001, 12 times" in lines[at + 1]
    assert lines[at + 2].strip() == (
        "ward.pcap#5f0c1122: first 2026-01-05T08:00:00Z frame 118, last 2026-01-05T12:00:00Z frame 9041"
    )
    assert text.index("but Philips (30%)") < text.index(
        "against 0.30  dhcp.vendor_class = PHILIPS CT  rule dhcp-philips"
    )
    assert "model:" not in text
    assert "model: SOMATOM" in run("devices", "why", "c7aaaaaa0001").stdout


def test_why_as_json(run: Run) -> None:
    believed, other = parsed(run("devices", "why", "01db", "manufacturer", "--json"))
    assert (believed["value"], believed["believed"], believed["confidence"]) == ("Siemens Healthineers", True, 0.95)
    assert (other["value"], other["believed"]) == ("Philips", False)
    assert other["reasons"] == [
        {
            "observable": "dhcp.vendor_class",
            "text": "PHILIPS CT",
            "value": "Philips",
            "weight": 0.3,
            "rule": "dhcp-philips",
            "protocol": "dhcp",
            "source": "dhcp 10.1.2.1",
            "counts_as": "dhcp 10.1.2.1",
            "subject": {
                "type": "application",
                "mac": "00:09:fb:11:22:33",
                "ip": "10.1.2.3",
                "vlan": 12,
                "application": "CT001",
            },
            "origin": "ward.pcap#5f0c1122",
            "count": 12,
            "first": {"time": "2026-01-05T08:00:00.000000000Z", "frame": 118},
            "last": {"time": "2026-01-05T12:00:00.000000000Z", "frame": 9041},
        }
    ]


def test_why_of_something_unknown(run: Run) -> None:
    result = run("devices", "why", "c7aaaaaa0001", "modell")
    assert result.exit_code == 2
    assert "nothing is known of 'modell' of c7aaaaaa0001; it has: manufacturer model serial" in result.stderr


def test_evidence_as_json(run: Run) -> None:
    gateway, ct = (
        parsed(run("evidence", "--json"))[::-1]
        if False
        else sorted(parsed(run("evidence", "--json")), key=lambda row: str(row["observable"]), reverse=True)
    )
    assert ct == {
        "site": "main",
        "sensor": "tap1",
        "origin": "ward.pcap#5f0c1122",
        "day": "2026-01-05",
        "subject": {
            "type": "application",
            "mac": "00:09:fb:11:22:33",
            "ip": "10.1.2.3",
            "vlan": 12,
            "application": "CT001",
        },
        "observable": "dicom.calling_ae",
        "value": "CT001",
        "protocol": "dicom",
        "source": "dicom",
        "weight": 0.9,
        "count": 12,
        "first": {"time": "2026-01-05T08:00:00.000000000Z", "frame": 118},
        "last": {"time": "2026-01-05T12:00:00.000000000Z", "frame": 9041},
    }
    assert gateway["subject"] == {
        "type": "component",
        "via": {"mac": "00:09:fb:44:55:66", "ip": "10.1.2.40"},
        "behind": [{"scheme": "serial", "value": "DE73170012", "maker": "Philips"}],
    }
    assert gateway["value"] == HOSTILE


def test_json_shows_what_would_be_invisible(run: Run) -> None:
    text = run("evidence", "--observable", "hl7.*", "--json").stdout
    assert "=cmd\\u001b[31m\\u202eevil" in text
    assert harmless(text)


@pytest.mark.parametrize(
    "text", ["é", "\U0001f3e5", "\x7f", "\x9b31m", "\u200b", "\ufeff", "\U000e0041", 'a\\b"c', "日本"]
)
def test_json_means_the_same_with_escapes(text: str) -> None:
    from sensor.export.jsonl import lines

    (line,) = lines([{"value": text}])
    assert json.loads(line) == {"value": text}
    assert (text in line.decode()) == (text in ("é", "\U0001f3e5", "日本"))


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--device", "01db"], ["CT001"]),
        (["--device", "3ec"], [HOSTILE]),
        (["--ip", "10.1.2.40"], [HOSTILE]),
        (["--mac", "00-09-FB-11-22-33"], ["CT001"]),
        (["--application", "CT001"], ["CT001"]),
        (["--observable", "dicom.*"], ["CT001"]),
        (["--value", "CT001", "--origin", "ward.pcap", "--day", "2026-01-05"], ["CT001"]),
        (["--site", "annex"], []),
    ],
)
def test_evidence_can_be_chosen(run: Run, words: list[str], values: list[str]) -> None:
    assert [row["value"] for row in parsed(run("evidence", *words, "--json"))] == values


def test_evidence_for_people(run: Run) -> None:
    result = run("evidence")
    lines = result.stdout.splitlines()
    at = lines.index("00:09:fb:11:22:33 10.1.2.3 vlan 12 application CT001")
    assert " ".join(lines[at + 1].split()) == (
        "dicom.calling_ae = CT001 0.90 12x dicom 2026-01-05T08:00:00Z ward.pcap#5f0c1122 frame 118"
    )
    assert harmless(result.stdout)


def test_conversations(run: Run) -> None:
    rows = parsed(run("conversations", "--json"))
    assert [(row["client"], row["port"], row["day"]) for row in rows] == [
        ("10.1.2.3", 104, "2026-01-05"),
        ("10.1.2.3", 104, "2026-01-06"),
        ("10.1.2.40", 443, "2026-01-05"),
    ]
    assert rows[2]["encrypted"] is True
    assert rows[0]["origin"] == "ward.pcap#5f0c1122"
    header, *table = run("conversations").stdout.splitlines()
    assert header.split()[:4] == ["Client", "Server", "Service", "Protocol"]
    assert " ".join(table[0].split()) == "10.1.2.3 10.1.2.9 tcp/104 dicom 4 30 2 MB 1 kB 2026-01-05"
    assert "tls encrypted" in table[1]
    assert [row["port"] for row in parsed(run("conversations", "--port", "443", "--json"))] == [443]
    assert len(parsed(run("conversations", "--ip", "10.1.2.9", "--json"))) == 3


def test_findings(run: Run) -> None:
    (row,) = parsed(run("findings", "--json"))
    assert (row["finding"], row["count"], row["subject"]["application"]) == ("dicom.cleartext", 4, "CT001")
    text = run("findings").stdout
    assert "dicom.cleartext  10.1.2.3 CT001" in text
    assert "\ndicom.cleartext: " in text  # what it means


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["--fail-on", "dicom.cleartext"], 1),
        (["--fail-on", "dicom.*"], 1),
        (["--fail-on", "hl7.cleartext"], 0),
        (["--fail-on", "hl7.cleartext", "--fail-on", "dicom.cleartext"], 1),
        (["--fail-on", "dicom.cleartext", "--site", "annex"], 0),
        (["--fail-on", "dicom.claertext"], 2),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_fail_on(run: Run, words: list[str], code: int, form: list[str]) -> None:
    assert run("findings", *words, *form).exit_code == code


def test_db_status(run: Run, path: Path) -> None:
    text = run("db", "status").stdout
    assert str(path) in text
    assert f"schema    {REVISION}" in text
    assert "ward.pcap#5f0c1122" in text
    assert "capture.cut 1" in text
    (found,) = parsed(run("db", "status", "--json"))
    assert found["schema"] == found["needed"] == REVISION
    assert found["rows"]["device"] == 5
    assert found["origins"][0]["counters"] == {"stream.gap": 2}


def test_export_csv_defuses_formulas(run: Run) -> None:
    result = run("export", "csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode(), newline="")))
    assert [row["id"] for row in rows] == ["3ecccccc0003", "6abbbbbb0002", "c7aaaaaa0001", "c7dddddd0004"]
    assert rows[0]["name"].startswith("'=cmd")
    assert harmless(rows[0]["name"])
    ct = rows[2]
    assert (ct["manufacturer"], ct["model"], ct["serial"], ct["addresses"]) == (
        "Siemens Healthineers",
        "SOMATOM Definition AS+",
        "66734",
        "10.1.2.9 10.1.2.3",
    )
    assert rows[1]["network_maker"] == "Philips"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_each_start_of_a_formula_is_defused(start: str) -> None:
    from sensor.export.cells import defused

    assert defused(f"{start}1").startswith("'")
    assert defused(f"1{start}") != f"'1{start}"


@pytest.mark.parametrize("what", ["devices", "evidence", "conversations", "findings"])
def test_export_jsonl_is_what_json_prints(run: Run, what: str) -> None:
    assert run("export", "jsonl", "--what", what).stdout == run(what, "--json").stdout


@pytest.mark.parametrize(("what", "count"), [("evidence", 2), ("conversations", 3), ("findings", 1)])
def test_export_csv_of_the_rest(run: Run, what: str, count: int) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export", "csv", "--what", what).stdout)))
    assert len(rows) == count
    assert all(None not in row and None not in row.values() for row in rows)
    assert {row["origin"] for row in rows} == {"ward.pcap#5f0c1122"}


def test_export_csv_says_what_is_encrypted(run: Run) -> None:
    rows = csv.DictReader(io.StringIO(run("export", "csv", "--what", "conversations").stdout))
    assert sorted((row["protocol"], row["encrypted"]) for row in rows) == [
        ("dicom", "no"),
        ("dicom", "no"),
        ("tls", "yes"),
    ]


def test_an_export_is_the_owners_alone_and_whole(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "devices.csv"
    out.write_text("old")
    out.chmod(0o644)
    assert run("export", "csv", "-o", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_bytes() == run("export", "csv").stdout_bytes
    assert [path.name for path in tmp_path.iterdir()] == ["devices.csv"]


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    from sensor.export.output import write

    out = tmp_path / "devices.csv"
    out.write_text("old")

    def broken() -> Any:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(out, broken())
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["devices.csv"]
