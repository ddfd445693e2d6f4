"""What the assistant says when `backstride.safety` has decided: cards, questions, repeats, clearing.

The sentences are those of `knowledge/red_flags.yml`, `knowledge/emergency_numbers.yml` and `knowledge/wording.yml`.
"""

from __future__ import annotations

from typing import Any

from backstride.answers import Answer, Button, payload
from backstride.referral import Card, Numbers, brief, numbers_text, referral, signpost, titles
from backstride.safety import NEVER_CLEARED, SCREENING, Move, SafetyState
from backstride.triage import RedFlags, Triage, Urgency, triage
from backstride.wording import Wording


class SafetyMessages:
    """Turns a safety state into messages."""

    def __init__(self, rules: RedFlags, numbers: Numbers, wording: Wording, country: str | None = None) -> None:
        """Set up.

        Args:
            rules: the red-flag file.
            numbers: the telephone numbers.
            wording: the words around them.
            country: whose numbers are named where the person has named no country; None names the common ones.
        """
        self._rules = rules
        self._numbers = numbers
        self._say = wording
        self._country = country

    def messages(self, state: SafetyState) -> tuple[Answer, ...]:  # noqa: PLR0912  # one case a move
        """Return what to say for the state's move; nothing for PASS."""
        now = triage(state.signs, self._rules)
        texts = self._rules.texts
        match state.move:
            case Move.REFER:
                card = self._card(now, state)
                referral_ = Answer(text=card.text(), buttons=self._card_buttons(now), metadata=_metadata(card))
                return (referral_, self._question(state.asking)) if state.asking else (referral_,)
            case Move.REPEAT | Move.WITHHOLD:
                text = texts.no_exercises if state.move is Move.WITHHOLD else texts.repeat
                return (self._about_referral(text, now, state, self._card_buttons(now)),)
            case Move.NUMBERS:
                return (self._numbers_message(now, state),)
            case Move.CLEARING:
                return (self._about_referral(texts.clearing_question, now, state, self._clearing_buttons()),)
            case Move.NOT_CLEARED:
                return (self._about_referral(texts.not_cleared, now, state, self._card_buttons(now)),)
            case Move.SOMEONE_ELSE:
                return (self._about_referral(texts.not_about_me, now, state, self._yes_no()),)
            case Move.CLEARED_CHECKED:
                return (Answer(text=texts.cleared_checked, metadata={"referral": "cleared"}),)
            case Move.CLEARED_MISTAKEN:
                return (Answer(text=texts.cleared_mistaken, metadata={"referral": "cleared"}),)
            case Move.ASK:
                return (self._question(state.asking),)
            case Move.ASK_AGAIN:
                return (self._question(state.asking, texts.asked_again),)
            case Move.WHY:
                return (self._why(state),)
            case Move.NOT_SURE:
                flag = state.asked[-1] if state.asked else now.to_ask[0]
                return (Answer(text=texts.not_sure.format(signpost=signpost(flag, self._rules))),)
            case Move.SCREEN:
                return (self._screening(),)
            case Move.RESUME:
                return (Answer(text=self._rules.screening.none_reply if state.wanted else self._say("thanks_no_sign")),)
        return ()

    def _card(self, now: Triage, state: SafetyState) -> Card:
        return referral(now, self._rules, self._numbers, state.country or self._country)

    def _about_referral(self, text: str, now: Triage, state: SafetyState, buttons: tuple[Button, ...]) -> Answer:
        card = self._card(now, state)
        said = text.format(flags=titles(now.flags, self._rules), brief=brief(card))
        return Answer(text=said, buttons=buttons, metadata=_metadata(card))

    def _numbers_message(self, now: Triage, state: SafetyState) -> Answer:
        text = numbers_text(state.country or self._country, self._numbers)
        if not now.flags:
            return Answer(text=text)
        return Answer(text=text, buttons=self._card_buttons(now), metadata=_metadata(self._card(now, state)))

    def _question(self, flag_id: str, frame: str = "{ask}") -> Answer:
        flag = self._rules.flag(flag_id)
        buttons = (
            Button(flag.ask_yes, payload("affirm", check="yes")),
            Button(flag.ask_no, payload("deny", check="no")),
            Button(self._say("button_not_sure"), payload("deny", check="unsure")),
            Button(self._say("button_why_ask"), payload("ask_why", check="why")),
        )
        return Answer(text=frame.format(ask=flag.ask), buttons=buttons, metadata={"asks": flag_id})

    def _why(self, state: SafetyState) -> Answer:
        texts = self._rules.texts
        if state.asking == SCREENING:
            why = Answer(text=texts.why_do_you_ask.format(why="").replace("  ", " "))
            return Answer(text=why.text, buttons=self._screening().buttons)
        question = self._question(state.asking)
        said = texts.why_do_you_ask.format(why=self._rules.flag(state.asking).why)
        return Answer(text=f"{said}\n\n{question.text}", buttons=question.buttons[:3], metadata=question.metadata)

    def _screening(self) -> Answer:
        screening = self._rules.screening
        lines = [screening.text, *(f"- {sign.question}" for sign in screening.signs)]
        buttons = (
            Button(screening.none, payload("deny", check="none")),
            *(Button(sign.title, payload("affirm", check=f"sign:{sign.id}")) for sign in screening.signs),
        )
        return Answer(text="\n".join(lines), buttons=buttons, metadata={"screening": True})

    def _card_buttons(self, now: Triage) -> tuple[Button, ...]:
        buttons = [Button(self._say("button_numbers"), payload("help", check="numbers"))]
        if any(flag not in NEVER_CLEARED for flag in now.flags):
            if now.urgency is Urgency.EMERGENCY_NOW:
                buttons.append(Button(self._say("button_got_help"), payload("affirm", check="got_help")))
            else:
                buttons.append(Button(self._rules.texts.clearing_checked, payload("affirm", check="checked")))
            buttons.append(Button(self._rules.texts.not_about_me_button, payload("deny", check="someone_else")))
            buttons.append(Button(self._say("button_mistaken"), payload("deny", check="mistaken")))
        return tuple(buttons)

    def _clearing_buttons(self) -> tuple[Button, ...]:
        texts = self._rules.texts
        return (
            Button(texts.clearing_checked, payload("affirm", check="checked")),
            Button(texts.clearing_mistaken, payload("deny", check="mistaken")),
            Button(texts.clearing_still, payload("deny", check="still")),
        )

    def _yes_no(self) -> tuple[Button, ...]:
        return (
            Button(self._say("button_yes"), payload("affirm", check="yes")),
            Button(self._say("button_no"), payload("deny", check="no")),
        )


def _metadata(card: Card) -> dict[str, Any]:
    return {
        "urgency": card.urgency.value,
        "red_flags": list(card.flags),
        "numbers": [{"label": number.label, "number": number.number} for number in card.numbers],
        "heading": card.heading,
        "sources": list(card.sources),
    }
