"""Slack: direct messages, and mentions in channels, through the Events API and interactive buttons.

In a direct message there is one conversation. In a channel it listens only where it is mentioned and answers in a
thread; each person has a conversation of their own in each thread, and nobody's click counts in another's.

Sources: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/authentication/verifying-requests-from-slack,
https://docs.slack.dev/interactivity/handling-user-interaction, https://docs.slack.dev/messaging/formatting-message-text,
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import html
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from backstride.channels.messaging.authenticity import hmac_sha256_hex, is_same_secret, read_body
from backstride.channels.messaging.channel import MessagingChannel, Route
from backstride.channels.messaging.choices import Choice
from backstride.channels.messaging.credentials import ChannelOptions, read_options, secret
from backstride.channels.messaging.delivery import Api, ApiAnswer, BlockedError, UndeliveredError
from backstride.channels.messaging.dialects import SLACK_MRKDWN
from backstride.channels.messaging.incoming import Incoming, Kind, address_of, conversation_key
from backstride.channels.messaging.json_fields import items_at, mapping_at, text_at
from backstride.channels.messaging.platform_limits import SLACK
from backstride.channels.messaging.render import Part
from backstride.channels.requests import Refusal, read_json_object

CHANNEL = "slack"
API_URL = "https://slack.com"
# "If the timestamp is more than five minutes from local time, it could be a replay attack."
WINDOW_S = 300
_KEPT_SIGNATURES = 50_000
_KEPT_THREADS = 20_000
ALT_LENGTH = 2000
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
# A message's id: seconds and a counter. Nothing else is ever handed back to Slack as one.
_MESSAGE_TIME = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_SLACK_ID = re.compile(r"[A-Z0-9]{2,32}")
# Of the kinds of message (`subtype`) these are somebody's words; all others are edits, joins, bots and the like.
_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_COMMANDS = {"/start": Kind.START, "/help": Kind.HELP, "/stop": Kind.STOP}
_FILE_KINDS = {"image": Kind.PHOTO, "audio": Kind.VOICE, "video": Kind.VIDEO}
# <@U1>, <#C1|name>, <!here>, <https://example.org|label>
_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
# Stands between a message's time and that of its edit.
_EDIT = "/edited/"
_TEMPORARY = frozenset({"ratelimited", "rate_limited", "internal_error", "service_unavailable", "request_timeout"})
_GONE = frozenset(
    {
        *("channel_not_found", "is_archived", "not_in_channel", "cannot_dm_bot", "messages_tab_disabled"),
        *("user_disabled", "user_not_found", "thread_locked", "restricted_action"),
    }
)


def is_temporary(answer: ApiAnswer) -> bool:
    """Return whether Slack says in the body of a 200 that it may work later."""
    return answer.body.get("ok") is False and answer.body.get("error") in _TEMPORARY


class SlackChannel(MessagingChannel):
    """Open it in credentials.yml as `backstride.channels.messaging.slack.SlackChannel`.

    Args:
        options: as all messaging channels have them.
        token: of the bot, from SLACK_BOT_TOKEN.
        signing_secret: of the app, from SLACK_SIGNING_SECRET.
        api: calls Slack.
        clock: seconds since 1970.
    """

    channel = CHANNEL
    limits = SLACK
    dialect = SLACK_MRKDWN

    def __init__(
        self,
        options: ChannelOptions,
        *,
        token: str,
        signing_secret: str,
        api: Api | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(options, api=api or Api(is_temporary=is_temporary))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._signing_secret = signing_secret
        self._api_url = f"{options.api_url or API_URL}/api"
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()
        # Where in a direct message somebody wrote last: in a thread of it, or beside all threads.
        self._threads: OrderedDict[str, str] = OrderedDict()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> SlackChannel:
        """Create the channel from credentials.yml and the environment.

        Raises:
            SettingsError: an option or a secret is missing or cannot be used.
        """
        return cls(
            read_options(ChannelOptions, CHANNEL, credentials),
            token=secret("SLACK_BOT_TOKEN", CHANNEL, pattern=r"xoxb-\S+"),
            signing_secret=secret("SLACK_SIGNING_SECRET", CHANNEL, pattern=r"\S{16,}"),
        )

    def routes(self) -> Sequence[Route]:
        """Return the one address for events and for interactive buttons."""
        return [Route("POST", "/webhook", self._receive)]

    # --- what arrives -----------------------------------------------------------------------------------------

    async def _receive(self, request: Request) -> HTTPResponse:
        raw = await read_body(request)
        self._check(request.headers, raw)
        media_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type == "application/x-www-form-urlencoded":
            incoming = read_interaction(_payload_of(raw))
            return await self.accept(self._placed(incoming))
        body = read_json_object(raw)
        if body.get("type") == "url_verification":
            return json_response({"challenge": text_at(body, "challenge")[:1000]})
        return await self.accept(self._placed(read_event(body)))

    def _check(self, headers: Mapping[str, str], raw: bytes) -> None:
        """Let only what Slack signed pass, within the window, and once.

        Raises:
            Refusal: 401.
        """
        at, signature = headers.get("X-Slack-Request-Timestamp") or "", headers.get("X-Slack-Signature") or ""
        now = self._clock()
        if not _TIMESTAMP.fullmatch(at) or abs(now - int(at)) > WINDOW_S:
            raise Refusal(401, "not_authentic")
        if not is_same_secret(signature, f"v0={hmac_sha256_hex(self._signing_secret, b'v0:', at.encode(), b':', raw)}"):
            raise Refusal(401, "not_authentic")
        # When Slack itself repeats a delivery, it signs anew: only somebody else sends the same signature twice.
        if signature in self._seen:
            raise Refusal(401, "replayed")
        self._seen[signature] = float(at)
        while self._seen and (len(self._seen) > _KEPT_SIGNATURES or self._is_over(now)):
            self._seen.popitem(last=False)

    def _is_over(self, now: float) -> bool:
        return now - next(iter(self._seen.values())) > WINDOW_S

    def _placed(self, incoming: tuple[Incoming, str] | None) -> list[Incoming]:
        """Note down in which thread of a direct message somebody wrote; nothing where nobody did."""
        if incoming is None:
            return []
        found, thread = incoming
        if found.kind is Kind.EDITED and found.is_group and not self.was_taken(found.conversation, _edited(found)):
            # The mention came with the edit: nobody has read the message yet.
            found = replace(found, kind=Kind.TEXT, delivery=_edited(found))
        if not found.is_group:
            self._threads.pop(found.conversation, None)
            self._threads[found.conversation] = thread
            if len(self._threads) > _KEPT_THREADS:
                self._threads.popitem(last=False)
        return [found]

    # --- what is sent -----------------------------------------------------------------------------------------

    async def send(self, address: tuple[str, ...], part: Part) -> None:
        """Post a message: into the thread of a channel, or into a direct message."""
        channel, thread = address[0], address[1] if len(address) > 1 else ""
        thread = thread or self._threads.get(conversation_key(CHANNEL, *address), "")
        message = {
            "channel": channel,
            # What notifications and screen readers say.
            "text": part.text or (part.picture.alt if part.picture else ""),
            "blocks": blocks_of(part),
            "unfurl_links": False,
            "unfurl_media": False,
            **({"thread_ts": thread} if thread else {}),
        }
        await self._call("chat.postMessage", message)

    async def acknowledge(self, incoming: Incoming, chosen: Choice | None) -> None:
        """Put what was chosen in the place of the buttons: a click leaves no other trace in Slack."""
        receipt = json.loads(incoming.receipt or "{}")
        if chosen is None:
            if incoming.is_group:
                await self._tell_alone(incoming)
            return
        context = {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": f"› {self.dialect.escape(chosen.title)}"}],
        }
        await self._call("chat.update", {**receipt, "blocks": [*receipt["blocks"], context]})

    async def _tell_alone(self, incoming: Incoming) -> None:
        """Say that a button is not theirs, or is an old one, to the one who tapped it and to nobody else."""
        channel, thread, user = address_of(incoming.conversation)
        text = self.dialect.format(self.wording("chat_stale_nothing"))
        await self._call("chat.postEphemeral", {"channel": channel, "thread_ts": thread, "user": user, "text": text})

    async def _call(self, method: str, body: Mapping[str, Any]) -> None:
        answer = await self.api.call("POST", f"{self._api_url}/{method}", json_body=body, headers=self._headers)
        if answer.body.get("ok") is True:
            return
        error = re.sub(r"[^a-z0-9_]", "", text_at(answer.body, "error"))[:60] or f"status {answer.status}"
        raise (BlockedError if error in _GONE else UndeliveredError)(error)


def blocks_of(part: Part) -> list[dict[str, Any]]:
    """Return a part as Block Kit's blocks."""
    blocks: list[dict[str, Any]] = []
    if part.picture is not None:
        title = {"type": "plain_text", "text": part.picture.title[:ALT_LENGTH], "emoji": False}
        alt = part.picture.alt[:ALT_LENGTH]
        blocks.append({"type": "image", "title": title, "image_url": part.picture.url, "alt_text": alt})
    if part.text:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": part.text}})
    if part.buttons:
        buttons = [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": button.title, "emoji": False},
                "action_id": button.id,
                "value": button.id,
            }
            for button in part.buttons
        ]
        blocks.append({"type": "actions", "elements": buttons})
    return blocks


def read_event(body: Mapping[str, Any]) -> tuple[Incoming, str] | None:
    """Return what somebody wrote, and the thread it stands in; None for anything that is not for the assistant."""
    event = _unfolded(mapping_at(body, "event"))
    kind, channel, user, at = (text_at(event, key) for key in ("type", "channel", "user", "ts"))
    if body.get("type") != "event_callback" or event.get("bot_id") or event.get("hidden"):
        return None
    if not (_SLACK_ID.fullmatch(channel) and _SLACK_ID.fullmatch(user) and _MESSAGE_TIME.fullmatch(at)):
        return None
    ours = {text_at(item, "user_id") for item in items_at(body, "authorizations") if item.get("is_bot")}
    if text_at(event, "subtype") not in _SPOKEN or user in ours:
        return None
    is_direct = text_at(event, "channel_type") == "im" or channel.startswith("D")
    # A mention in a channel comes as both kinds where the app hears all messages there; one of them is enough.
    if kind != ("message" if is_direct else "app_mention"):
        return None
    thread = text_at(event, "thread_ts")
    thread = thread if _MESSAGE_TIME.fullmatch(thread) else ""
    text = plain_text(text_at(event, "text"))
    found = _COMMANDS.get(text.casefold()) or _kind_of_files(event)
    edit = text_at(event, "edited", "ts")
    if edit and found is Kind.TEXT:
        found = Kind.EDITED
    if not is_direct:
        thread = thread or at
        if found is Kind.TEXT and not text:
            # Nothing but a mention: somebody calls.
            found = Kind.START
    incoming = Incoming(
        conversation=_key(channel, thread, user, is_direct=is_direct),
        # The message's own time, which a repeated delivery has too.
        delivery=f"{at}{_EDIT}{edit}" if found is Kind.EDITED else at,
        kind=found,
        text="" if found in _COMMANDS.values() else text,
        is_group=not is_direct,
    )
    return incoming, thread


def _unfolded(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the event of an edited direct message as if its new words had been sent; any other event as it is."""
    if text_at(event, "subtype") != "message_changed":
        return event
    now, before = mapping_at(event, "message"), mapping_at(event, "previous_message")
    if text_at(now, "text") == text_at(before, "text"):
        # Something else changed, such as a link's preview.
        return {}
    kept = {key: event[key] for key in ("type", "channel", "channel_type") if key in event}
    return {**{key: value for key, value in now.items() if key != "type"}, **kept}


def _edited(incoming: Incoming) -> str:
    """Return the delivery of the message that an edit changed."""
    return incoming.delivery.partition(_EDIT)[0]


def read_interaction(payload: Mapping[str, Any]) -> tuple[Incoming, str] | None:
    """Return the tapped button, and the thread of its message; None for any other interaction."""
    message = mapping_at(payload, "message")
    channel, user = text_at(payload, "channel", "id"), text_at(payload, "user", "id")
    at = text_at(message, "ts")
    action = next(iter(items_at(payload, "actions")), {})
    button, tapped = text_at(action, "action_id"), text_at(action, "action_ts")
    if payload.get("type") != "block_actions" or text_at(action, "type") != "button" or not button:
        return None
    if not (_SLACK_ID.fullmatch(channel) and _SLACK_ID.fullmatch(user) and _MESSAGE_TIME.fullmatch(at)):
        return None
    is_direct = channel.startswith("D")
    thread = text_at(message, "thread_ts")
    thread = thread if _MESSAGE_TIME.fullmatch(thread) else ""
    receipt = {"channel": channel, "ts": at, "text": text_at(message, "text"), "blocks": _kept_blocks(message)}
    incoming = Incoming(
        conversation=_key(channel, thread if is_direct else thread or at, user, is_direct=is_direct),
        delivery=f"{at}/{tapped or button}"[:200],
        kind=Kind.CLICK,
        button=button[:255],
        is_group=not is_direct,
        receipt=json.dumps(receipt),
    )
    return incoming, thread


def plain_text(text: str) -> str:
    """Return what a person sees of Slack's marked-up text: without mentions, links by their words."""

    def shown(found: re.Match[str]) -> str:
        sign, target, label = found.groups()
        if sign == "@":
            return ""
        if sign == "#":
            return f"#{label or target}"
        if sign == "!":
            return label or ""
        return label or target.removeprefix("mailto:")

    return " ".join(html.unescape(_MARKED.sub(shown, text)).replace("\u00a0", " ").split(" ")).strip()


def _key(channel: str, thread: str, user: str, *, is_direct: bool) -> str:
    return conversation_key(CHANNEL, channel) if is_direct else conversation_key(CHANNEL, channel, thread, user)


def _kind_of_files(event: Mapping[str, Any]) -> Kind:
    files = items_at(event, "files")
    if not files:
        return Kind.TEXT
    return _FILE_KINDS.get(text_at(files[0], "mimetype").partition("/")[0], Kind.FILE)


def _kept_blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a message's blocks but for its buttons."""
    return [
        {key: block[key] for key in ("type", "text", "title", "image_url", "alt_text") if key in block}
        for block in items_at(message, "blocks")
        if block.get("type") in {"section", "image"}
    ]


def _payload_of(raw: bytes) -> Mapping[str, Any]:
    """Return the JSON object in a form's `payload`; an empty one for any other form, such as Slack's own tests."""
    try:
        fields = parse_qs(raw.decode("utf-8"), max_num_fields=100)
        payload = json.loads(fields.get("payload", ["{}"])[0])
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "malformed") from error
    return payload if isinstance(payload, Mapping) else {}
