"""What the environment asks for, checked once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backstride.errors import SettingsError
from backstride.settings import LIBRARY_DEFAULTS, ROOT, Settings, read_settings, set_library_defaults


def test_without_any_variable_it_listens_on_this_machine_only() -> None:
    settings = read_settings({})

    assert settings == Settings()
    assert settings.interface == "127.0.0.1"
    assert settings.port == 5005
    assert settings.country is None
    assert settings.models == ROOT / "models"


def test_each_variable_sets_its_value() -> None:
    settings = read_settings(
        {
            "BACKSTRIDE_INTERFACE": "0.0.0.0",
            "PORT": "8080",
            "BACKSTRIDE_MODELS": "/m",
            "BACKSTRIDE_CREDENTIALS": "/c.yml",
            "BACKSTRIDE_ENDPOINTS": "/e.yml",
            "BACKSTRIDE_COUNTRY": "gb",
            "BACKSTRIDE_LOG_LEVEL": "WARNING",
        }
    )

    assert settings == Settings(
        interface="0.0.0.0",
        port=8080,
        models=Path("/m"),
        credentials=Path("/c.yml"),
        endpoints=Path("/e.yml"),
        country="gb",
        log_level="warning",
    )


def test_the_environment_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "6000")

    assert read_settings().port == 6000


def test_an_empty_country_is_none() -> None:
    assert read_settings({"BACKSTRIDE_COUNTRY": ""}).country is None


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "80.5", "http", " 80", "٥٠٠٠x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match=r"PORT is .*; write a number from 1 to 65535"):
        read_settings({"PORT": port})


@pytest.mark.parametrize("port", ["1", "65535"])
def test_the_first_and_the_last_port_are_taken(port: str) -> None:
    assert read_settings({"PORT": port}).port == int(port)


def test_an_unknown_log_level_is_refused() -> None:
    with pytest.raises(SettingsError, match="BACKSTRIDE_LOG_LEVEL is 'loud'; write debug, info, warning or error"):
        read_settings({"BACKSTRIDE_LOG_LEVEL": "loud"})


def test_the_libraries_defaults_are_set_and_nothing_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARY_DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")

    set_library_defaults()

    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"


def test_the_days_of_retention_are_read() -> None:
    assert read_settings({"BACKSTRIDE_RETENTION_DAYS": "7"}).retention_days == 7


@pytest.mark.parametrize("days", ["-1", "a month", "99999", ""])
def test_days_of_retention_that_are_none_are_refused(days: str) -> None:
    with pytest.raises(SettingsError, match="BACKSTRIDE_RETENTION_DAYS"):
        read_settings({"BACKSTRIDE_RETENTION_DAYS": days})
