"""The platforms that can be connected: their variables, where to get each value, and who examines them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from backstride.connect import messenger, slack, telegram, twilio
from backstride.connect.task import Examine

_MAKE_ONE = "make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_META = "https://developers.facebook.com/apps, choose or create the app"
_TWILIO = "https://console.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform.

    Args:
        name: as on the command line and in the webhook's address.
        title: as people know it.
        channel: the class that credentials.yml names.
        variables: the environment variables, each with where its value comes from.
        examine: looks at the platform.
    """

    name: str
    title: str
    channel: str
    variables: Mapping[str, str] = field(default_factory=dict)
    examine: Examine

    @property
    def guide(self) -> str:
        """The page of documentation."""
        return f"docs/channels/{self.name}.md"

    def address(self, public_url: str) -> str:
        """Return the webhook's address behind the server's public one."""
        return f"{public_url.rstrip('/')}/webhooks/{self.name}/webhook"


_TWILIO_VARIABLES = {
    twilio.ACCOUNT_SID: f"{_TWILIO}, 'Account dashboard', 'Account info', 'Account SID'",
    twilio.AUTH_TOKEN: f"{_TWILIO}, 'Account dashboard', 'Account info', 'Auth token'",
}
PLATFORMS: Final[Mapping[str, Platform]] = {
    platform.name: platform
    for platform in (
        Platform(
            name="telegram",
            title="Telegram",
            channel="backstride.channels.messaging.telegram.TelegramChannel",
            variables={
                telegram.BOT_TOKEN: "send /newbot to https://t.me/BotFather",
                telegram.SECRET_TOKEN: _MAKE_ONE,
            },
            examine=telegram.examine,
        ),
        Platform(
            name="slack",
            title="Slack",
            channel="backstride.channels.messaging.slack.SlackChannel",
            variables={
                slack.BOT_TOKEN: "https://api.slack.com/apps, choose the app, 'OAuth & Permissions', "
                "'Bot User OAuth Token'",
                slack.SIGNING_SECRET: "https://api.slack.com/apps, choose the app, 'Basic Information', "
                "'App Credentials', 'Signing Secret'",
            },
            examine=slack.examine,
        ),
        Platform(
            name="messenger",
            title="Facebook Messenger",
            channel="backstride.channels.messaging.messenger.MessengerChannel",
            variables={
                messenger.PAGE_TOKEN: f"{_META}, 'Messenger', 'Messenger API settings', 'Generate access tokens'",
                messenger.APP_SECRET: f"{_META}, 'App settings', 'Basic', 'App secret'",
                messenger.VERIFY_TOKEN: _MAKE_ONE,
            },
            examine=messenger.examine,
        ),
        Platform(
            name="sms",
            title="SMS (Twilio)",
            channel="backstride.channels.messaging.twilio.SmsChannel",
            variables={
                **_TWILIO_VARIABLES,
                twilio.SMS_FROM: f"{_TWILIO}, 'Phone Numbers', 'Manage', 'Active numbers'; write it as +441632960000",
            },
            examine=twilio.examine_sms,
        ),
        Platform(
            name="whatsapp",
            title="WhatsApp (Twilio)",
            channel="backstride.channels.messaging.twilio.WhatsAppChannel",
            variables={
                **_TWILIO_VARIABLES,
                twilio.WHATSAPP_FROM: f"{_TWILIO}, 'Messaging', 'Senders', 'WhatsApp senders' (the sandbox: "
                f"{twilio.SANDBOX_NUMBER}); write it as +441632960000",
            },
            examine=twilio.examine_whatsapp,
        ),
    )
}
