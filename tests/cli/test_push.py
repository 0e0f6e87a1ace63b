"""`sensor push` as it is used: settings, dry run, what it says, and that it remembers."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from tests.push.netbox import TOKEN, Netbox
from tests.push.server import Answer, Running, Target, serving

CT = Path(__file__).parents[2] / "pcaps" / "dicom" / "ct-to-archive.pcap"


@pytest.fixture
def netbox() -> Netbox:
    return Netbox()


@pytest.fixture
def there(netbox: Netbox) -> Iterator[Running]:
    with serving(netbox) as running:
        yield running


@pytest.fixture
def config(there: Running, tmp_path: Path) -> str:
    path = tmp_path / "sensor.toml"
    path.touch(0o600)
    path.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/x.db"\n'
        f'[netbox]\nurl = "{there.url}"\ntoken = "{TOKEN}"\nrate = 1000\n'
    )
    assert run(str(path), "read", str(CT))[0] == 0
    return str(path)


def run(config: str, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["--config", config, *words])
    return done.exit_code, done.stdout, done.stderr


def test_dry_run_push_push(config: str, netbox: Netbox) -> None:
    code, out, _ = run(config, "push", "netbox", "--dry-run")
    assert code == 0
    assert out.startswith("3 would be created, 0 would be updated, 0 would be unchanged\n")
    assert "new, as 'CT001'" in out
    assert netbox.objects["dcim/devices"] == {}
    assert run(config, "push", "netbox")[1].startswith("3 created")
    found = json.loads(run(config, "push", "netbox", "--json")[1])
    assert found["counts"] == {"created": 0, "updated": 0, "unchanged": 3}
    assert run(config, "devices", "rebuild")[0] == 0
    assert run(config, "push", "netbox")[1].startswith("0 created, 0 updated, 3 unchanged")


def test_follow_outlives_a_target_that_is_away(
    config: str, netbox: Netbox, there: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        netbox.misbehave = [lambda _: Answer(500), lambda _: None, lambda _: None][len(slept) - 1]
        if len(slept) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("sensor.cli.push.time.sleep", sleep)
    code, out, err = run(config, "push", "netbox", "--follow", "--every", "7")
    assert code == 130
    assert slept == [7, 7, 7]
    assert out.count("3 created") == 1
    assert out.count("0 created, 0 updated, 3 unchanged") == 1
    assert "an error of its own (500); see its log; trying again in 7 seconds" in err
    netbox.misbehave = lambda _: Answer(403, {})
    assert run(config, "push", "netbox", "--follow")[0] == 3  # wrong settings end at once


def test_what_is_wrong_is_one_line(config: str, netbox: Netbox) -> None:
    netbox.misbehave = lambda _: Answer(403, {})
    code, out, err = run(config, "push", "netbox")
    assert (code, out) == (3, "")
    assert "does not accept our credentials (403)" in err
    assert TOKEN not in err
    assert run(config, "push", "glpi")[2].strip() == (
        "sensor: glpi.url is not set; write it into the settings (sensor config show)"
    )
    assert run(config, "push", "nowhere")[0] == 2


@pytest.mark.parametrize("target", ["netbox", "glpi", "webhook", "syslog"])
def test_no_canary_leaves(target: str, config: str, tmp_path: Path) -> None:
    hospital = CT.parents[1] / "mini-hospital.pcap"
    assert run(config, "read", str(hospital))[0] == 0
    netbox = Netbox()
    answers: dict[str, Target] = {
        "netbox": netbox,
        "glpi": lambda _: Answer(200, {"status": "ok"}),
        "webhook": lambda _: Answer(204),
    }
    with serving(answers.get(target, netbox)) as there, socket.create_server(("127.0.0.1", 0)) as listener:
        with Path(config).open("a") as file:
            file.write(f'[glpi]\nurl = "{there.url}"\nrate = 1000\n[webhook]\nurl = "{there.url}"\nrate = 1000\n')
            file.write(f'[syslog]\nhost = "127.0.0.1"\ntransport = "tcp"\nport = {listener.getsockname()[1]}\n')
        Path(config).write_text(Path(config).read_text().replace(netbox_url(config), there.url))
        assert run(config, "push", target)[0] == 0
        sent = b"".join(request.raw for request in there.requests)
        if target == "syslog":
            connection = listener.accept()[0]
            while part := connection.recv(1 << 16):
                sent += part
    assert len(sent) > 10_000
    assert b"zqcanary" not in sent.lower()


def netbox_url(config: str) -> str:
    return next(found[1] for found in re.finditer(r'url = "(http://[^"]*)"', Path(config).read_text()))
