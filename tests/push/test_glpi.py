"""Pushing to a GLPI: each document is as the published schema of its inventory format wants it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import jsonschema
import pytest

from sensor.config import Glpi as Section
from sensor.config import Secret, Settings
from sensor.correlate.device import Device
from sensor.push.error import PushError
from sensor.push.run import Outcome, Wanted, run
from tests.push.conftest import KINDS, Memory, device
from tests.push.server import Answer, Request, Running, serving

MODEL = device(
    1, kind="ct_scanner", name="CT001", manufacturer="Siemens", model="SOMATOM", serial="64123", software="VA40"
)
ROOT = {  # inventory.schema.json of glpi-project/inventory_format: root and network_device, by name and required
    "deviceid",
    "itemtype",
    "action",
    "tag",
    "partial",
    "jobid",
    "content",
}


@pytest.fixture
def there() -> Iterator[Running]:
    with serving(glpi) as running:
        yield running


def glpi(request: Request) -> Answer:
    if request.path != "/front/inventory.php" or request.method != "POST":
        return Answer(404)
    if (
        "GLPI-Agent-ID" not in request.headers
        or set(request.body) - ROOT
        or "versionclient" not in request.body["content"]
    ):
        return Answer(400, {"status": "error", "message": "JSON does not validate"})
    if request.body["deviceid"] == "d-00000063":
        return Answer(400, {"status": "error", "message": "refused by a rule"})
    return Answer(200, {"status": "ok", "expiration": 24})


def push(
    there: Running, memory: Memory, devices: Sequence[Device], force: bool = False, dry_run: bool = False
) -> Outcome:
    section = Section(url=there.url, user="auscult", password=Secret("zqsecret"), tag="biomed", rate=1000.0)
    wanted = Wanted(site="main", devices=devices, findings=(), kinds=KINDS.get, force=force, dry_run=dry_run)
    return run("glpi", wanted, Settings(glpi=section), memory, lambda *_: None)


def test_a_device_and_what_is_in_it(there: Running, memory: Memory) -> None:
    assert push(there, memory, [MODEL]).counts == {"sent": 1, "unchanged": 0}
    request = there.requests[0]
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"auscult:zqsecret").decode()
    assert (request.body["itemtype"], request.body["tag"]) == ("Unmanaged", "biomed")
    assert request.body["content"]["network_device"] == {
        "type": "Unmanaged",
        "name": "CT001",
        "description": "CT scanner",
        "manufacturer": "Siemens",
        "model": "SOMATOM",
        "serial": "64123",
        "firmware": "VA40",
        "mac": "00:09:fb:00:00:01",
        "ips": ["10.0.0.1"],
    }


def test_the_published_schema(there: Running, memory: Memory) -> None:
    """Where an environment variable names the schema: it is not part of the project."""
    place = os.environ.get("AUSCULT_GLPI_SCHEMA", "")
    if not place:
        pytest.skip("AUSCULT_GLPI_SCHEMA names no file")
    schema = json.loads(Path(place).read_text())
    push(there, memory, [MODEL, device(2), device(3, asset="INV", location="Bloc 2", os="Windows 7")])
    for request in there.requests:
        jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(request.body)


def test_twice_the_same_sends_nothing(there: Running, memory: Memory) -> None:
    push(there, memory, [MODEL, device(2)])
    assert push(there, memory, [MODEL, device(2)]).counts == {"sent": 0, "unchanged": 2}
    assert push(there, memory, [MODEL, device(2, serial="new")]).counts == {"sent": 1, "unchanged": 1}
    assert len(there.requests) == 3


def test_one_that_is_refused_does_not_hold_up_the_others(there: Running, memory: Memory) -> None:
    outcome = push(there, memory, [device(99), MODEL])
    assert len(outcome.refused) == 1
    assert outcome.refused[0].startswith("d-00000063: ")
    assert push(there, memory, [device(99), MODEL]).counts == {"sent": 1, "unchanged": 1}


def test_a_dry_run_sends_nothing(there: Running, memory: Memory) -> None:
    assert push(there, memory, [MODEL], dry_run=True).differences == ["d-00000001: new, as 'CT001'"]
    assert there.requests == []


def test_cut_in_the_middle(memory: Memory) -> None:
    answers = iter([Answer(200, {"status": "ok"}), Answer(0, cut=True), Answer(200, {"status": "ok"})])
    with serving(lambda _: next(answers)) as there:
        with pytest.raises(PushError, match="push again to go on") as error:
            push(there, memory, [MODEL, device(2)])
        assert "zqsecret" not in str(error.value)
        assert push(there, memory, [MODEL, device(2)]).counts == {"sent": 1, "unchanged": 1}
