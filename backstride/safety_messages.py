"""What the assistant says when `backstride.safety` has decided: cards, questions, repeats, clearing.

The sentences are those of `knowledge/red_flags.yml`, `knowledge/emergency_numbers.yml` and `knowledge/wording.yml`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backstride.answers import Answer, Button, payload
from backstride.referral import Card, Numbers, crisis_line, numbers_text, referral, signpost, titles
from backstride.safety import CLEARING_CHECKED, NEVER_CLEARED, REFERRALS, SCREENING, Move, SafetyState
from backstride.triage import RedFlags, State, Triage, Urgency, triage
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

    def messages(self, state: SafetyState) -> tuple[Answer, ...]:
        """Return what to say for the state's move; nothing for PASS."""
        if state.move in REFERRALS:
            return self._about_referral(state)
        if state.move in {Move.SCREEN, Move.SCREEN_AGAIN, Move.REMIND, Move.WHICH} or (
            state.move is Move.WHY and state.asking == SCREENING
        ):
            return (self._about_screening(state),)
        return self._about_question(state)

    def first_to_do(self, state: SafetyState) -> str:
        """Return the first sentence of the card for the signs that were said, or "" where a doctor has looked."""
        return "" if state.checked else self._card(triage(state.signs, self._rules), state).again

    def _about_referral(self, state: SafetyState) -> tuple[Answer, ...]:
        """Return the card, its repetition, or what takes it back."""
        now = triage(state.signs, self._rules)
        texts = self._rules.texts
        match state.move:
            case Move.CLEARED_CHECKED:
                return (_cleared(texts.cleared_checked),)
            case Move.CLEARED_MISTAKEN:
                return (_cleared(texts.cleared_mistaken),)
            case Move.CLEARED_OTHER:
                return (_cleared(texts.cleared_other),)
            case Move.REFER:
                card = self._card(now, state)
                referral_ = Answer(text=card.text(), buttons=self._card_buttons(now), metadata=_metadata(card))
                return (referral_, self._question(state.asking)) if state.asking else (referral_,)
            case Move.NUMBERS:
                return (self._numbers_message(now, state),)
            case Move.DATA:
                above = texts.above_data_helped if state.helped else texts.above_data
                return (self._said_of(above, now, state, ()),)
            case Move.CLEARING if state.asking == CLEARING_CHECKED:
                yes_no = self._yes_no(texts.checked_yes, texts.checked_no)
                return (self._said_of(texts.checked_question, now, state, yes_no),)
            case Move.CLEARING:
                yes_no = self._yes_no(texts.mistaken_yes, texts.mistaken_no)
                return (self._said_of(texts.mistaken_question, now, state, yes_no),)
            case Move.SOMEONE_ELSE:
                yes_no = self._yes_no(texts.someone_else_yes, texts.someone_else_no)
                return (self._said_of(texts.someone_else, now, state, yes_no),)
        standing = self._said_of(self._standing(now, state), now, state, self._card_buttons(now))
        is_asked = any(flag.id == state.asking for flag in self._rules.flags)
        return (standing, self._question(state.asking)) if is_asked else (standing,)

    def _standing(self, now: Triage, state: SafetyState) -> str:
        """Return the text for a referral that stands."""
        texts = self._rules.texts
        match state.move:
            case Move.STANDS:
                return texts.stands
            case Move.NOT_CLEARED:
                return texts.not_cleared
            case Move.WHAT_TO_TELL:
                return texts.what_to_tell
            case Move.WHY_REFERRED:
                return texts.no_exercises_calm if self._calm(now) else texts.why_referred
            case Move.WITHHOLD if now.urgency is not Urgency.EMERGENCY_NOW:
                if not self._calm(now):
                    return texts.no_exercises
                return texts.no_exercises_checked if state.checked else texts.no_exercises_calm
        if state.move is not Move.GOT_HELP and not state.helped:
            return texts.repeat
        if any(flag in NEVER_CLEARED for flag in now.flags):
            return texts.got_help_crisis
        return texts.got_help if state.move is Move.GOT_HELP else texts.got_help_repeat

    def _calm(self, now: Triage) -> str:
        """Return what is said of pregnancy and the like where there is nothing else, or ""."""
        alone = now.flags[0] if len(now.flags) == 1 else ""
        return next((each.calm for each in self._rules.multipliers if each.when == alone), "")

    def _about_question(self, state: SafetyState) -> tuple[Answer, ...]:
        """Return a flag's own question, or what is said about it."""
        texts = self._rules.texts
        match state.move:
            case Move.ASK:
                return (self._question(state.asking),)
            case Move.ASK_AGAIN:
                return (self._asked_again(state.asking, texts.asked_again),)
            case Move.ASK_CLEARLY:
                return (self._asked_again(state.asking, texts.asked_clearly),)
            case Move.ASK_YES_OR_NO:
                return (self._asked_again(state.asking, texts.asked_yes_or_no),)
            case Move.ASK_FOR_THEM:
                own = self._rules.flag(state.asking).ask_for_them
                return (self._question(state.asking, own or texts.asked_for_them),)
            case Move.EXPLAIN:
                question = self._question(state.asking)
                return (replace(question, text=self._rules.flag(state.asking).means),)
            case Move.WHY:
                said = texts.why_do_you_ask.format(why=self._rules.flag(state.asking).why)
                question = self._question(state.asking)
                return (replace(question, text=f"{said}\n\n{question.text}", buttons=question.buttons[:-1]),)
            case Move.NOT_SURE:
                asked = [flag for flag in state.asked if flag != SCREENING]
                flag = asked[-1] if asked else triage(state.signs, self._rules).to_ask[0]
                return (Answer(text=texts.not_sure.format(signpost=signpost(flag, self._rules))),)
            case Move.LEFT:
                return (Answer(text=texts.left),)
            case Move.RELIEVED:
                relief = Answer(text=self._relief(state))
                return (relief, self._question(state.asking)) if state.asking else (relief,)
            case Move.RESUME:
                return (Answer(text=self._rules.screening.none_reply if state.wanted else self._say("thanks_no_sign")),)
        return ()

    def _card(self, now: Triage, state: SafetyState) -> Card:
        return referral(now, self._rules, self._numbers, state.country or self._country)

    def _said_of(self, text: str, now: Triage, state: SafetyState, buttons: tuple[Button, ...]) -> Answer:
        """Return a text about a referral with its words filled in."""
        card = self._card(now, state)
        # What may be taken back is what a question about taking back names.
        flags = [flag for flag in now.flags if flag not in NEVER_CLEARED] if state.asking else now.flags
        said = text.format(
            flags=titles(flags, self._rules, within=True),
            first=card.again,
            closing=card.closing,
            why=card.why,
            calm=self._calm(now),
            crisis=crisis_line(state.country or self._country, self._numbers),
        )
        return Answer(text=said, buttons=buttons, metadata=_metadata(card))

    def _numbers_message(self, now: Triage, state: SafetyState) -> Answer:
        text = numbers_text(state.country or self._country, self._numbers)
        if not now.flags:
            return Answer(text=text)
        return Answer(text=text, buttons=self._card_buttons(now), metadata=_metadata(self._card(now, state)))

    def _asked_again(self, flag_id: str, frame: str) -> Answer:
        """Return a question once more: in words of its own where it has some, for the usual ones can sound cold."""
        return self._question(flag_id, self._rules.flag(flag_id).ask_again or frame)

    def _question(self, flag_id: str, frame: str = "{ask}") -> Answer:
        flag = self._rules.flag(flag_id)
        milder = [Button(flag.ask_milder, payload("deny", check="milder"))] if flag.ask_milder else []
        buttons = (
            Button(flag.ask_yes, payload("affirm", check="yes")),
            Button(flag.ask_no, payload("deny", check="no")),
            *milder,
            Button(self._say("button_not_sure"), payload("deny", check="unsure")),
            Button(self._say("button_why_ask"), payload("ask_why", check="why")),
        )
        return Answer(text=frame.format(ask=flag.ask), buttons=buttons, metadata={"asks": flag_id})

    def _relief(self, state: SafetyState) -> str:
        """Return what is said to the no that has just crossed a sign out, with where to turn if that changes."""
        denied = {sign.flag for sign in state.signs if sign.state is State.ABSENT}
        replies = (flag.no_reply for flag in self._rules.flags if flag.no_reply and flag.id in denied)
        said = next(replies, self._say("thanks_no_sign"))
        return said.format(crisis=crisis_line(state.country or self._country, self._numbers))

    def _about_screening(self, state: SafetyState) -> Answer:
        """Return the five checks, or one line about them, with their buttons."""
        screening = self._rules.screening
        buttons = (
            Button(screening.none, payload("deny", check="none")),
            *(Button(sign.title, payload("affirm", check=f"sign:{sign.id}")) for sign in screening.signs),
        )
        match state.move:
            case Move.REMIND:
                text = screening.reminder
            case Move.SCREEN_AGAIN:
                text = screening.again
            case Move.WHICH:
                text = screening.which
            case Move.WHY:
                text = self._rules.texts.why_do_you_ask.format(why="").replace("  ", " ")
            case _:
                text = "\n".join([screening.text, *(f"- {sign.question}" for sign in screening.signs)])
        return Answer(text=text, buttons=buttons, metadata={"screening": True})

    def _card_buttons(self, now: Triage) -> tuple[Button, ...]:
        texts = self._rules.texts
        buttons = [Button(self._say("button_numbers"), payload("help", check="numbers"))]
        if now.urgency is Urgency.EMERGENCY_NOW:
            buttons.append(Button(self._say("button_got_help"), payload("affirm", check="got_help")))
        if any(flag not in NEVER_CLEARED for flag in now.flags):
            if now.urgency is not Urgency.EMERGENCY_NOW:
                buttons.append(Button(texts.checked_button, payload("affirm", check="checked")))
            buttons.append(Button(texts.someone_else_button, payload("deny", check="someone_else")))
            buttons.append(Button(self._say("button_mistaken"), payload("deny", check="mistaken")))
        return tuple(buttons)

    @staticmethod
    def _yes_no(yes: str, no: str) -> tuple[Button, ...]:
        return (Button(yes, payload("affirm", check="yes")), Button(no, payload("deny", check="no")))


def _cleared(text: str) -> Answer:
    return Answer(text=text, metadata={"referral": "cleared"})


def _metadata(card: Card) -> dict[str, Any]:
    return {
        "urgency": card.urgency.value,
        "red_flags": list(card.flags),
        "numbers": [{"label": number.label, "number": number.number} for number in card.numbers],
        "heading": card.heading,
        "sources": list(card.sources),
    }
