"""One message of the assistant in the pieces that a platform takes: texts, buttons or a numbered menu, a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backstride.channels.cards import Cards
from backstride.channels.messaging.choices import Choice, asks_for_number, choices_of, last_turn
from backstride.channels.messaging.dialects import PLAIN, Dialect
from backstride.channels.messaging.platform_limits import Limits
from backstride.channels.messaging.split import first_piece, for_sms, split_text
from backstride.wording import Wording

# A message with one of these is a question, a warning, or a step that is done while it is read: it is never shortened.
_WHOLE = ("urgency", "asks", "ask", "screening", "referral", "session")
# A plan, and whether to run today: they rest on several entries and list none.
_MADE_FROM_ENTRIES = ("plan", "light")


@dataclass(frozen=True, slots=True)
class Label:
    """A button as the platform shows it: its id, and a title that fits."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its address on the web, what it shows in words, and its title."""

    url: str
    alt: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing to send.

    Args:
        text: in the platform's dialect, escaped, within its limit; under a picture its caption.
        buttons: to tap, within the platform's limits.
        picture: a picture instead of a text alone.
        is_urgent: whether it is a referral: sent first, and never left out.
        is_unasked: whether it answers nothing, such as a reminder.
    """

    text: str = ""
    buttons: tuple[Label, ...] = ()
    picture: Picture | None = None
    is_urgent: bool = False
    is_unasked: bool = False


# Marks in a conversation that what an answer had left out was sent.
REST = "rest"


class Renderer:
    """Renders for one platform.

    Args:
        limits: what fits.
        wording: the words around a menu.
        cards: knows which entry a message shows, and its picture.
        dialect: the platform's formatting.
        pictures_url: where the PNG pictures are, without a slash at the end; None where none are sent.
    """

    def __init__(
        self,
        limits: Limits,
        wording: Wording,
        cards: Cards,
        *,
        dialect: Dialect = PLAIN,
        pictures_url: str | None = None,
    ) -> None:
        self._limits = limits
        self._say = wording
        self._cards = cards
        self._dialect = dialect
        self._pictures_url = pictures_url

    def turn(self, messages: Iterable[Mapping[str, Any]]) -> list[Part]:
        """Return what one turn of the assistant sends: referrals first, everything else in its order."""
        parts = [part for message in messages for part in self.parts(message)]
        return sorted(parts, key=lambda part: not part.is_urgent)

    def parts(self, message: Mapping[str, Any]) -> list[Part]:
        """Return the pieces of one message, as Rasa hands it to an output channel; nothing for an empty one."""
        text = self._text_of(message)
        is_urgent = bool(message.get("urgency"))
        choices = choices_of(message)
        text, labels = self._with_menu(text, choices, message)
        short, rest = self._shortened(text, message)
        if rest:
            text = short
        texts = self._pieces(text)
        parts = [Part(text=piece, is_urgent=is_urgent) for piece in texts]
        if labels and parts:
            parts[-1] = Part(text=parts[-1].text, buttons=labels, is_urgent=is_urgent)
        picture = self._picture_of(message)
        return [Part(picture=picture, text=self._caption(picture)), *parts] if picture else parts

    def rest(self, events: Iterable[Any]) -> list[Part]:
        """Return what the assistant's last turn left out, for somebody who asks for more."""
        left_out = [self._in_full(event.message())[1] for event in last_turn(events)]
        return [Part(text=piece) for text in left_out if text for piece in self._pieces(text)]

    def has_shown(self, choice: Choice, events: Iterable[Any]) -> bool:
        """Return whether the number of a button of the last turn was sent: not while it waits for "more"."""
        said = last_turn(events)
        if any((event.metadata or {}).get(REST) for event in said):
            return True
        sent = [self._in_full(event.message())[0] for event in said]
        return any(_ends(line, choice.title) for text in sent for line in text.splitlines())

    def _in_full(self, message: Mapping[str, Any]) -> tuple[str, str]:
        """Return what of a message with its menu is sent at first, and what is left out."""
        text, _ = self._with_menu(self._text_of(message), choices_of(message), message)
        return self._shortened(text, message)

    def say(self, text: str, choices: Sequence[Choice] = ()) -> list[Part]:
        """Return the pieces of a sentence of the channel's own, with buttons that are on offer already."""
        text, labels = self._with_menu(text, choices, {})
        parts = [Part(text=piece) for piece in self._pieces(text)]
        return [*parts[:-1], Part(text=parts[-1].text, buttons=labels)] if parts else []

    def _text_of(self, message: Mapping[str, Any]) -> str:
        text = str(message.get("text") or "")
        if message.get("urgency"):
            # The number to call stands in the referral itself, whatever its text names.
            lines = [f"{n['label']}: {n['number']}" for n in message.get("numbers") or () if n["number"] not in text]
            text = "\n".join([text, *lines])
        chart = message.get("chart")
        if isinstance(chart, Mapping) and chart.get("alt"):
            # The diary's picture belongs to one person: it has no address that a platform could fetch it from.
            text = f"{text}\n\n{chart['alt']}"
        return for_sms(text) if self._limits.is_sms else text

    def _with_menu(
        self, text: str, choices: Sequence[Choice], message: Mapping[str, Any]
    ) -> tuple[str, tuple[Label, ...]]:
        """Return the text, with a menu where the platform has no buttons or these do not fit it, and the buttons."""
        limits = self._limits
        tappable = choices[: limits.buttons]
        fits = all(limits.measure(choice.title) <= limits.button_title for choice in tappable)
        has_menu = len(choices) > len(tappable) or not fits
        labels = tuple(
            Label(choice.id, self._title(f"{number}. {choice.title}" if has_menu else choice.title))
            for number, choice in enumerate(tappable, 1)
        )
        if not has_menu:
            return text, labels
        if asks_for_number(message):
            titles = (f"- {choice.title}" for choice in choices)
            menu = "\n".join([self._say("chat_menu_of_words"), *titles])
            return f"{text}\n\n{self._clean(menu)}".strip(), labels
        lines = [f"{number}. {choice.title}" for number, choice in enumerate(choices, 1)]
        # A list that carries these very numbers already needs no second one.
        shown = text.splitlines()
        missing = [line for line in lines if not any(_begins(other, line) for other in shown)]
        hint = [] if labels or not missing else [self._say("chat_menu")]
        return "\n\n".join(filter(None, [text, self._clean("\n".join([*hint, *missing]))])), labels

    def _title(self, title: str) -> str:
        most = self._limits.button_title
        if self._limits.measure(title) <= most:
            return title
        words, kept = title.split(" "), ""
        for word in words:
            if self._limits.measure(f"{kept} {word}…".strip()) > most:
                break
            kept = f"{kept} {word}".strip()
        while not kept or self._limits.measure(f"{kept}…") > most:
            kept = (kept or title)[: most - 1] if not kept else kept[:-1]
        return f"{kept}…"

    def _shortened(self, text: str, message: Mapping[str, Any]) -> tuple[str, str]:
        """Return what is sent now, and what is kept for somebody who asks for more."""
        short = self._limits.short_text
        entries = message.get("knowledge") or ()
        if short is None or len(text) <= short or not entries or any(message.get(key) for key in _WHOLE):
            return text, ""
        more = self._say("chat_more")
        choices = choices_of(message)
        if not _is_list(message, choices):
            # What was asked for comes first; a menu stands at the end of the rest.
            head, rest = first_piece(text, short - len(more) - 2)
            return f"{head}\n\n{more}", rest
        # Of a list the names come first, so that one can be chosen; what is said of each of them is the rest.
        names = "\n".join(f"{number}. {choice.title}" for number, choice in enumerate(choices, 1))
        ending = self._clean(f"\n\n{self._say('chat_menu')}\n{names}\n\n{more}")
        head, _ = first_piece(text.partition("\n\n")[0], max(short - len(ending), 1))
        return f"{head}{ending}", text

    def _pieces(self, text: str) -> list[str]:
        pieces = split_text(text, self._limits.text, lambda piece: self._limits.measure(self._dialect.format(piece)))
        return [self._dialect.format(piece) for piece in pieces]

    def _picture_of(self, message: Mapping[str, Any]) -> Picture | None:
        shown = self._cards.of_message(str(message.get("text") or ""), message.get("knowledge") or ())
        if self._pictures_url is None or shown is None or "picture" not in shown[0]:
            return None
        card = shown[0]
        name = card["picture"]["src"].rpartition("/")[2].removesuffix(".svg")
        return Picture(f"{self._pictures_url}/{name}.png", card["picture"]["alt"], card["title"])

    def _caption(self, picture: Picture) -> str:
        formatted = self._dialect.format(picture.title)
        return formatted if self._limits.measure(formatted) <= self._limits.caption else ""

    def _clean(self, text: str) -> str:
        return for_sms(text) if self._limits.is_sms else text


def _is_list(message: Mapping[str, Any], choices: Sequence[Choice]) -> bool:
    """Return whether a message lists entries to choose from, rather than naming them as where an answer comes from."""
    entries = message.get("knowledge") or ()
    if len(entries) == 1 or not choices or any(message.get(key) for key in _MADE_FROM_ENTRIES):
        return False
    return any(entry in choices[0].payload for entry in entries)


def _ends(line: str, title: str) -> bool:
    """Return whether a line of a menu is the one with a title: "3. Is it safe for me?"."""
    number, _, item = line.partition(". ")
    return number.isdecimal() and _begins(item, title)


def _begins(line: str, item: str) -> bool:
    return line == item or line.startswith((f"{item}:", f"{item} "))
