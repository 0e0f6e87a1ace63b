"""Settings: what goes before what, what is refused and how, and that a secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.config import ConfigError, Secret, Settings, leaves, load, shown

SECRET = "open-sesame"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sensor.toml"
    path.touch(0o600)
    return path


def test_without_a_file_everything_has_a_default() -> None:
    assert load(environment={}) == Settings()
    assert load(environment={}).site.name == "main"


def test_the_environment_goes_before_the_file(file: Path) -> None:
    file.write_text('[site]\nname = "chu"\nnetworks = ["10.0.0.0/8"]\n[sensor]\nname = "tap1"\n')
    assert load(file, {}).sensor.name == "tap1"
    found = load(file, {"SENSOR_SENSOR_NAME": "tap2", "SENSOR_SITE_NETWORKS": "10.1.0.0/16 fd00::/8"})
    assert (found.site.name, found.sensor.name, found.site.networks) == ("chu", "tap2", ("10.1.0.0/16", "fd00::/8"))


def test_the_environment_names_the_file(file: Path) -> None:
    file.write_text('[site]\nname = "chu"\n')
    assert load(environment={"SENSOR_CONFIG": str(file)}).site.name == "chu"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[site]\nnam = "x"', "site.nam: there is no such setting; there are: name, networks"),
        ("[places]", "places: there is no such setting; there are: site, sensor, database"),
        ("[site]\nname = 3", "site.name: expected `str`, got `int`"),
        ('[site]\nname = ""', "site.name: expected `str` of length >= 1"),
        ("site = 3", "site: expected `object`, got `int`"),
        ('[site]\nnetworks = ["ward"]', "site.networks: 'ward' is no network like 10.0.0.0/8"),
        ("[site", "Expected ']' at the end of a table declaration"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(file: Path, text: str, says: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load(file, {})
    assert str(error.value).startswith(f"{file}: {says}")


def test_no_settings_file(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError, match=says):
            load(path, {})
    (tmp_path / "capture").write_bytes(b"\xd4\xc3\xb2\xa1" * 9)
    with pytest.raises(ConfigError, match="not a text in UTF-8"):
        load(tmp_path / "capture", {})
    (tmp_path / "long").write_bytes(b"#" * (2 << 20))
    with pytest.raises(ConfigError, match="more than 1 MiB"):
        load(tmp_path / "long", {})


def test_a_secret_stands_where_only_its_owner_can_read_it(file: Path, tmp_path: Path) -> None:
    own = tmp_path / "password"
    own.touch(0o600)
    own.write_text(f"{SECRET}\n")
    file.write_text(f'[database]\npassword_file = "{own}"\n')
    file.chmod(0o644)
    assert load(file, {}).database.password == SECRET
    own.chmod(0o640)
    with pytest.raises(ConfigError, match=f"chmod 600 {own}"):
        load(file, {})
    file.write_text(f'[database]\npassword = "{SECRET}"\n')
    with pytest.raises(ConfigError, match=f"database.password: others may read {file}; run: chmod 600 {file}"):
        load(file, {})
    file.chmod(0o600)
    assert load(file, {}).database.password == SECRET
    assert load(environment={"SENSOR_DATABASE_PASSWORD": SECRET}).database.password == SECRET


def test_a_secret_is_never_shown(file: Path) -> None:
    found = load(environment={"SENSOR_DATABASE_PASSWORD": SECRET})
    assert SECRET not in repr(found)
    assert shown(found)["database"]["password"] == "***"
    file.write_text(f'[database]\npassword = ["{SECRET}"]\n')
    with pytest.raises(ConfigError) as error:
        load(file, {})
    assert SECRET not in str(error.value)


def test_every_setting_is_explained() -> None:
    for section, name, default, says in leaves():
        assert says.endswith("."), (section, name)
        assert isinstance(default, (str, int, float, bool, tuple, Secret)), (section, name)
