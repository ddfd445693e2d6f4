"""`backstride doctor`: the model, the stores, the open channels and the platforms, and what it says of each."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_setup import ENVIRONMENT, Setup, platforms
from scripted_server import ScriptedAgent
from served import serve

from backstride.channels.messaging.messenger import MessengerChannel
from backstride.channels.messaging.slack import SlackChannel
from backstride.channels.messaging.telegram import TelegramChannel
from backstride.channels.messaging.twilio import Account, SmsChannel, WhatsAppChannel, WhatsAppOptions
from backstride.cli import main
from backstride.connect import doctor
from backstride.connect.client import Client
from backstride.connect.doctor import look_at_model, look_at_open_channels, look_at_stores, summary
from backstride.connect.findings import Report
from backstride.connect.platforms import PLATFORMS
from backstride.connect.task import Task
from backstride.settings import Settings

TELEGRAM_ARGUMENTS = {"token": "BOT_TOKEN", "secret_token": "SECRET_TOKEN"}
WEB = "backstride.channels.web.WebChannel"


def test_missing_model_is_told(tmp_path: Path) -> None:
    report = look_at_model(Settings(models=tmp_path))
    assert not report.is_fine
    assert "make train" in str(report)


@pytest.mark.parametrize(("fresh", "told"), [(True, "fits the files"), (False, "trained from other files")])
def test_model_is_fresh_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: bool, told: str) -> None:
    (tmp_path / "backstride.tar.gz").touch()
    monkeypatch.setattr(doctor, "is_fresh", lambda _: fresh)
    report = look_at_model(Settings(models=tmp_path))
    assert report.is_fine
    assert told in str(report)


def endpoints(folder: Path, **stores: Any) -> Path:
    """Write an endpoints.yml."""
    path = folder / "endpoints.yml"
    path.write_text(yaml.safe_dump(stores))
    return path


async def test_stores_that_answer_are_fine(tmp_path: Path) -> None:
    store = {"type": "SQL", "dialect": "sqlite", "db": str(tmp_path / "x.db")}
    lock = {"type": "backstride.locks.OneProcessLockStore"}
    report = await look_at_stores(endpoints(tmp_path, tracker_store=store, lock_store=lock))
    assert report.is_fine
    assert "SQLTrackerStore" in str(report)
    assert "OneProcessLockStore" in str(report)


async def test_store_in_memory_is_noted(tmp_path: Path) -> None:
    assert "a restart loses them" in str(await look_at_stores(endpoints(tmp_path)))


async def test_store_out_of_reach_is_told(tmp_path: Path) -> None:
    redis = {"type": "redis", "url": "127.0.0.1", "port": 9}
    report = await look_at_stores(endpoints(tmp_path, tracker_store=redis, lock_store=redis))
    assert not report.is_fine
    assert "the tracker store cannot be used" in str(report)
    assert "the lock store cannot be used" in str(report)


async def test_database_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is no database, however long one looks at it" * 20)
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("select 1 from events")
    store = {"type": "SQL", "dialect": "sqlite", "db": str(tmp_path / "x.db")}
    assert not (await look_at_stores(endpoints(tmp_path, tracker_store=store))).is_fine


async def test_store_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(doctor, "STORE_TIMEOUT_S", 0.01)
    monkeypatch.setattr(doctor.InMemoryTrackerStore, "retrieve", hang)
    assert "the tracker store did not answer" in str(await look_at_stores(endpoints(tmp_path)))


@pytest.mark.parametrize(
    ("channels", "interface", "environment", "is_fine", "told"),
    [
        ({WEB: None}, "127.0.0.1", {}, True, "can be signed"),
        ({WEB: None}, "0.0.0.0", {}, False, "BACKSTRIDE_SECRET"),
        ({WEB: {"key_file": "x"}}, "0.0.0.0", {}, True, "can be signed"),
        ({WEB: None}, "0.0.0.0", {"BACKSTRIDE_SECRET": "x" * 40}, True, "can be signed"),
        ({"rest": None}, "127.0.0.1", {}, True, "Remove 'rest:'"),
        ({"rest": None}, "0.0.0.0", {}, False, "Remove 'rest:'"),
        ({"socketio": None}, "127.0.0.1", {}, True, "does not know it"),
    ],
)
def test_other_channels_are_looked_at(
    channels: dict[str, Any], interface: str, environment: dict[str, str], is_fine: bool, told: str
) -> None:
    report = look_at_open_channels(channels, Settings(interface=interface), environment)
    assert report.is_fine is is_fine
    assert told in str(report)


def test_summary_names_what_is_wrong() -> None:
    fine, wrong = Report("Model"), Report("Telegram")
    wrong.wrong("x", "y")
    assert "works" in summary([fine])
    assert "Telegram" in summary([fine, wrong])


async def test_doctor_looks_at_every_open_platform_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with platforms(Setup()) as setup:
        options = {"public_url": setup.url, "api_url": setup.url}
        credentials = tmp_path / "credentials.yml"
        credentials.write_text(yaml.safe_dump({platform.channel: options for platform in PLATFORMS.values()}))
        (tmp_path / "backstride.tar.gz").touch()
        paths = {
            "BACKSTRIDE_CREDENTIALS": str(credentials),
            "BACKSTRIDE_ENDPOINTS": str(endpoints(tmp_path)),
            "BACKSTRIDE_MODELS": str(tmp_path),
        }
        for name, value in (ENVIRONMENT | paths).items():
            monkeypatch.setenv(name, value)
        before = repr(setup)
        assert await asyncio.to_thread(main, ["doctor"]) == 1
        assert repr(setup) == before
    told = capsys.readouterr().out
    for platform in PLATFORMS.values():
        assert f"\n{platform.title}\n" in told
    assert "Something is wrong with: Telegram" in told


def test_the_doctors_table_fits_the_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each channel asks for the variables that the table names, and answers where the table says."""
    from rasa.shared.utils.common import class_from_module_path

    monkeypatch.setenv("BACKSTRIDE_PUBLIC_URL", "https://back.example.org")
    good = ENVIRONMENT | {"TELEGRAM_SECRET_TOKEN": "s" * 20}
    for platform in PLATFORMS.values():
        channel = class_from_module_path(platform.channel)
        assert channel.channel == platform.name
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        for name in platform.variables:
            monkeypatch.setenv(name, good[name])
        made = channel.from_credentials(None)
        assert {route.path for route in made.routes()} == {"/webhook"}


async def test_our_own_channels_take_the_doctors_knock_and_refuse_the_forged_one() -> None:
    """The doctor's genuine and forged messages against the channels themselves, not against a fake of them."""
    tokens = {name: ENVIRONMENT[f"MESSENGER_{name.upper()}"] for name in ("app_secret", "verify_token")}
    account = Account(
        sid=ENVIRONMENT["TWILIO_ACCOUNT_SID"], token=ENVIRONMENT["TWILIO_AUTH_TOKEN"], sender="+441632960000"
    )

    def make(options: Any) -> list[Any]:
        telegram = {name: ENVIRONMENT[f"TELEGRAM_{variable}"] for name, variable in TELEGRAM_ARGUMENTS.items()}
        slack = {"token": ENVIRONMENT["SLACK_BOT_TOKEN"], "signing_secret": ENVIRONMENT["SLACK_SIGNING_SECRET"]}
        return [
            TelegramChannel(options, **telegram),
            SlackChannel(options, **slack),
            MessengerChannel(options, token=ENVIRONMENT["MESSENGER_PAGE_TOKEN"], **tokens),
            SmsChannel(options, account),
            WhatsAppChannel(WhatsAppOptions(**asdict(options)), account),
        ]

    agent = ScriptedAgent()
    served, stop = await asyncio.to_thread(serve, make, [], agent)
    try:
        async with platforms(Setup()) as setup, Client() as client:
            for name, platform in PLATFORMS.items():
                address = platform.address(served.url)
                report = Report(name)
                task = Task(client=client, secrets=ENVIRONMENT, address=address, change=True, api=setup.url)
                await platform.examine(task, report)
                assert report.is_fine, str(report)
                assert "takes a genuine message and refuses a forged one" in str(report)
    finally:
        await asyncio.to_thread(stop)
    assert not agent.handled
