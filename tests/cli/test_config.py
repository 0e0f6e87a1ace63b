"""`sensor config`, and that commands take their defaults from the settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor.cli.main import main

ARP = Path(__file__).parents[2] / "pcaps" / "arp"


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sensor.toml"
    path.touch(0o600)
    path.write_text(
        f'[site]\nname = "chu"\n[sensor]\nname = "tap1"\n[database]\nurl = "sqlite:///{tmp_path}/it.db"\n'
        'password = "open-sesame"\n'
    )
    return path


def test_settings_are_the_defaults_of_commands(file: Path, tmp_path: Path) -> None:
    assert run("--config", str(file), "read", str(ARP))[0] == 0
    code, out, _ = run("--config", str(file), "evidence", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {(row["site"], row["sensor"]) for row in rows} == {("chu", "tap1")}
    assert run("devices", "--db", f"sqlite:///{tmp_path}/it.db")[0] == 0


def test_an_option_goes_before_the_settings(file: Path, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    assert run("--config", str(file), "read", str(ARP), "--db", other, "--sensor", "tap2")[0] == 0
    assert not (tmp_path / "it.db").exists()
    assert '"sensor":"tap2"' in run("evidence", "--db", other, "--json")[1].replace(" ", "")


def test_show_and_check(file: Path) -> None:
    code, out, _ = run("--config", str(file), "config", "show")
    assert code == 0
    assert 'name = "chu"' in out
    assert "open-sesame" not in out + run("--config", str(file), "config", "show", "--json")[1]
    assert run("--config", str(file), "config", "check")[0] == 0


def test_wrong_settings_are_wrong_use(file: Path) -> None:
    file.write_text("[site]\nnam = 1\n")
    for words in (("config", "check"), ("devices",), ("read", str(ARP))):
        code, out, err = run("--config", str(file), *words)
        assert (code, out) == (2, "")
        assert "site.nam: there is no such setting" in err
    assert run("--config", str(file.with_name("none")), "devices")[0] == 2


def test_the_password_of_the_settings_goes_to_the_server_and_nowhere_else(file: Path) -> None:
    for url in ("postgresql://auscult@127.0.0.1:1/x", "postgresql://auscult:other@127.0.0.1:1/x"):
        code, out, err = run("--config", str(file), "devices", "--db", url)
        assert (code, out) == (3, "")
        assert "no server answers there" in err
        assert "open-sesame" not in err
        assert "other" not in err
