"""`sensor rules import recog` and rules of the site's own, with fingerprints written by hand for this test."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor.cli.main import main
from sensor.fingerprint import recog
from sensor.fingerprint.load import RulesError, load, read

RECOG = os.environ.get("AUSCULT_RECOG", "")
CAPTURE = str(Path(__file__).parents[3] / "pcaps" / "arp" / "neighbours.pcap")
PUMP = base64.b64encode(b"Acme Pump\n9.1").decode()
BANNERS = rf"""<?xml version='1.0' encoding='UTF-8'?>
<fingerprints matches="http_header.server" protocol="http" database_type="service">
  <!-- a comment -->
  <fingerprint pattern="^acme[(]x[)](?:-| )web/(\d+\.(\d+))(?: \((\S+)\))?$" flags="REG_ICASE">
    <description>Acme web server</description>
    <example service.version="2.10" service.version.minor="10" host.name="pacs1">ACME(x)-Web/2.10 (pacs1)</example>
    <example service.version="2.10">acme(x) web/2.10</example>
    <param pos="0" name="service.product" value="AcmeWeb"/>
    <param pos="1" name="service.version"/>
    <param pos="2" name="service.version.minor"/>
    <param pos="3" name="host.name"/>
    <param pos="0" name="service.cpe23" value="cpe:/a:acme:web:{{service.version}}"/>
    <param pos="0" name="hw.vendor" value="Philips Healthcare"/>
    <param pos="0" name="hw.device" value="Printer"/>
  </fingerprint>
  <fingerprint pattern="acme">
    <description>Any other of Acme's</description>
    <example>acme something</example>
    <param pos="0" name="service.product" value="Acme"/>
    <param pos="0" name="service.certainty" value="0.425"/>
  </fingerprint>
  <fingerprint pattern="^Acme Pump.(\d+)" flags="REG_DOT_NEWLINE">
    <description>Over two lines</description>
    <example _encoding="base64" hw.product="Pump 9" hw.family="Pump">{PUMP}</example>
    <param pos="0" name="hw.family" value="Pump"/>
    <param pos="1" name="acme.number"/>
    <param pos="0" name="hw.product" value="{{hw.family}} {{acme.number}}"/>
  </fingerprint>
  <fingerprint pattern="^silent$">
    <description>Says nothing that devices have</description>
    <param pos="0" name="cookie" value="x"/>
  </fingerprint>
  <fingerprint pattern="^(?=ahead)ahead$">
    <description>What RE2 does not take</description>
    <example>ahead</example>
    <param pos="0" name="service.product" value="Ahead"/>
  </fingerprint>
  <fingerprint pattern="^wrong (\d)$">
    <description>An example that names another value</description>
    <example service.version="2">wrong 1</example>
    <param pos="1" name="service.version"/>
  </fingerprint>
</fingerprints>
""".replace("{{", "{").replace("}}", "}")
STRANGE = """<fingerprints protocol="acme">
  <fingerprint pattern="^A\\.(\\w+)$"><description>Serial</description>
    <example hw.serial_number="Q1">A.Q1</example>
    <param pos="1" name="hw.serial_number"/></fingerprint>
</fingerprints>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "xml"
    made.mkdir()
    (made / "http_servers.xml").write_text(BANNERS, "utf-8")
    (made / "acme_greeting.xml").write_text(STRANGE, "utf-8")
    return made


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(BANNERS.splitlines(), 1) if text in line)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["rules", *map(str, args)])


def test_what_came_of_it_is_told(folder: Path, tmp_path: Path) -> None:
    told = json.loads(run("import", "recog", folder, "-o", tmp_path / "rules", "--json").stdout)
    assert (told["files"], told["fingerprints"], told["rules"], told["silent"]) == (2, 7, 4, 2)
    assert (told["examples"], told["passed"]) == (6, 5)
    assert [(place["line"], place["what"]) for place in told["refused"]] == [
        (line_of("ahead)ahead"), "^(?=ahead)ahead$")
    ]
    assert [(place["what"], place["says"]) for place in told["failed"]] == [
        ("wrong 1", "service.version is '1', not '2'")
    ]
    assert told["observables"] == ["acme_greeting", "http.server"]
    assert told["unsaid"] == ["acme_greeting"]


def test_the_rules_that_it_writes_pass_their_own_examples(folder: Path, tmp_path: Path) -> None:
    run("import", "recog", folder, "-o", tmp_path / "rules")
    result = run("check", "--rules", tmp_path / "rules")
    assert result.exit_code == 0, result.output
    assert "all well" in result.output


def test_what_the_rules_say_of_a_text(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("import", "recog", folder, "-o", tmp_path / "rules")
    monkeypatch.setenv("SENSOR_RULES", str(tmp_path / "rules"))
    rules = load()
    said = {(c.attribute, c.value, c.weight) for c in rules.apply("http.server", "ACME(x)-web/2.10 (pacs1)")}
    assert said == {  # of the two that match only the first counts
        ("product", "AcmeWeb 2.10", 0.6),
        ("hostname", "pacs1", 0.6),
        ("manufacturer", "Philips", 0.6),
        ("kind", "printer", 0.6),
    }
    assert {(c.value, c.weight) for c in rules.apply("http.server", "the acme")} == {("Acme", 0.3)}
    assert {c.value for c in rules.apply("http.server", "Acme Pump\n9.1")} == {"Pump 9"}
    assert {(c.attribute, c.value) for c in rules.apply("acme_greeting", "A.Q1")} == {("serial", "Q1")}
    assert any(c.value == "nginx 1.2" for c in rules.apply("http.server", "nginx/1.2"))  # shipped ones still do
    assert rules.version != read().version


def test_a_file_made_by_hand_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "rules"
    output.mkdir()
    (output / "http.server.toml").write_text("# mine\n", "utf-8")
    result = run("import", "recog", folder, "-o", output)
    assert result.exit_code == 3
    assert "http.server.toml: was not made by this command" in str(result.exception or result.output) + result.output
    assert (output / "http.server.toml").read_text("utf-8") == "# mine\n"


def test_a_second_import_writes_the_same(folder: Path, tmp_path: Path) -> None:
    run("import", "recog", folder, "-o", tmp_path / "rules")
    first = (tmp_path / "rules" / "http.server.toml").read_bytes()
    assert run("import", "recog", folder, "-o", tmp_path / "rules").exit_code == 0
    assert (tmp_path / "rules" / "http.server.toml").read_bytes() == first


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<fingerprints><fingerprint>", r"x\.xml:1: "),
        ("<html/>", r"x\.xml: begins with <html>"),
        ("", r"x\.xml"),
    ],
)
def test_what_is_no_such_file_is_told(content: str, says: str) -> None:
    with pytest.raises(recog.RecogError, match=says):
        recog.read("x.xml", content.encode())


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", "utf-8")
    entity = f'<!DOCTYPE f [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    content = (
        f'{entity}<fingerprints><fingerprint pattern="x"><description>&e;</description></fingerprint></fingerprints>'
    )
    assert recog.read("x.xml", content.encode()).fingerprints[0].description == ""


def test_groups_are_counted_as_they_open() -> None:
    groups = {2: "two"}
    assert recog.named(r"(a)\(([(])[^]()](?:b)(?i:c)", groups) == r"(?:a)\((?P<two>[(])[^]()](?:b)(?i:c)"
    assert recog.named(r"[[:alpha:](](?P<x>a)(b)", groups) == r"[[:alpha:](](?:a)(?P<two>b)"


RULE = """[[rule]]
id = "mine-1"
observable = "http.server"
match = 'x'
sets = { product = "X" }
weight = 0.5
origin = "our own list"

[[rule]]
id = "mine-2"
observable = "http.server"
match = 'y'
sets = { product = "Y" }
weight = 0.5
origin = "our own list"
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("match = 'y'", "match = '('", r"http\.server\.toml:9: rule mine-2: match: RE2 refuses it"),
        ('"mine-2"', '"mine-1"', r"http\.server\.toml:9: rule mine-1: id: another rule has it"),
        ('"mine-2"', '"server-apache"', r"http\.server\.toml:9: rule server-apache: id: another rule has it"),
        ('= { product = "Y"', '= { colour = "Y"', r"http\.server\.toml:9: rule mine-2: sets: .*'colour'"),
        ("weight = 0.5\norigin", 'weight = "much"\norigin', r"http\.server\.toml:1: rule mine-1: .*weight"),
        ("match = 'y'", "match = y", r"http\.server\.toml: .*line 12"),
        ('"http.server"', '"http.title"', r"http\.server\.toml:1: rule mine-1: observable: .*http\.title\.toml"),
    ],
)
def test_a_mistake_in_a_sites_rules_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "http.server.toml").write_text(RULE.replace(old, new), "utf-8")
    with pytest.raises(RulesError, match=says):
        read(site=[tmp_path])


def test_a_folder_without_rules_or_for_an_observable_that_shares_is_told(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="no rules here"):
        read(site=[tmp_path])
    (tmp_path / "dicom.called_ae.toml").write_text(RULE.replace("http.server", "dicom.called_ae"), "utf-8")
    with pytest.raises(RulesError, match=r"with the patterns of 'dicom\.calling_ae'"):
        read(site=[tmp_path])


def test_no_file_is_written_for_an_observable_that_shares() -> None:
    prints = read()
    names = recog.Names.of(prints.files[recog.TABLE])
    assert [name for name in names.observables.values() if prints.shares(name) != name] == []


def test_an_example_that_does_not_come_out_fails_the_check(tmp_path: Path) -> None:
    example = '\n  [[rule.example]]\n  text = "y"\n  gives = { product = "Z" }\n'
    (tmp_path / "http.server.toml").write_text(RULE + example, "utf-8")
    result = run("check", "--rules", tmp_path)
    assert result.exit_code == 1
    assert "http.server.toml:9: mine-2: example 'y': product is 'Y', not 'Z'" in result.output


@pytest.mark.parametrize("command", ["read", "devices rebuild", "rules explain"])
def test_the_folder_is_taken_by_option_or_environment(command: str, tmp_path: Path) -> None:
    """A folder that is not there is told by each command that uses rules, and forgotten afterwards."""
    nothing = tmp_path / "nothing"
    words = [*command.split(), *{"read": [CAPTURE], "rules explain": ["x"]}.get(command, [])]
    database = ["--db", f"sqlite:///{tmp_path}/x.db"] if command != "rules explain" else []
    if command == "devices rebuild":
        assert CliRunner().invoke(main, ["read", CAPTURE, *database]).exit_code == 0
    by_option = CliRunner().invoke(main, [*words, *database, "--rules", str(nothing)])
    by_environment = CliRunner().invoke(main, [*words, *database], env={"SENSOR_RULES": str(nothing)})
    for result in (by_option, by_environment):
        assert result.exit_code == 3, result.output
        assert str(nothing) in result.output
    assert not os.environ.get("SENSOR_RULES")


@pytest.mark.skipif(not RECOG, reason="AUSCULT_RECOG names no folder with recog's XML files")
def test_the_examples_of_the_database_itself(tmp_path: Path) -> None:
    told = json.loads(run("import", "recog", RECOG, "-o", tmp_path / "rules", "--json").stdout)
    assert told["fingerprints"] > 4000
    assert 100 * told["passed"] / told["examples"] >= 99.8
    assert run("test", "--rules", tmp_path / "rules").exit_code == 0
