"""Recognise warning signs in a message: rules and classifier, joined, with the words that gave each away."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backstride.language.red_flag_model import Scores
from backstride.language.sign_rules import Light, Mention, Reading
from backstride.triage import RedFlags, Sign, State, Urgency, levels, triage

# One or two words ("heat", "carry on") are an answer or a command; the classifier has nothing to go by.
_MIN_WORDS = 2
# Keeps the logarithm of odds finite.
_SMALLEST = 1e-9
# A denial, a past or a relative's history that a rule hears quietens the classifier for the same flag; a plain
# question quietens it less, because people ask about what they have.
_QUIETENED = frozenset({Light.DENIED, Light.PAST, Light.OTHERS})
# From this probability on a guess stands beside a sign that a rule heard in the same clause.
_SURE_BESIDE = 0.95
# So many clauses add up, the loudest; the murmur of thirty that say nothing is no sign.
_LOUDEST = 2
# Among more clauses than these one sounds like a sign by chance, the likelier the more there are: what their number's
# logarithm takes away from the log odds of each.
_FEW_CLAUSES = 2
_CHANCE = 0.1
# A part of so few words in which the rules hear denials only ("no numbness or tingling") denies what is near, too.
_WORDS_OF_A_DENIAL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From which probability of the classifier on something follows.

    Args:
        ask_emergency: where no rule speaks, the assistant asks about an emergency flag.
        ask: where no rule speaks, the assistant asks about any other flag.
        present_emergency: where no rule speaks, an emergency flag counts as said, if a clause says so by itself too and
            holds no word that may put it into another light.
        present: the same for any other flag; 1 means never.
        confirm_emergency: an emergency flag that a rule heard counts as said; below this the two disagree, and the
            assistant asks.
        confirm: the same for any other flag.
        hear_emergency: below this a rule alone is no reason to ask about an emergency flag.
        hear: the same for any other flag.
    """

    ask_emergency: float
    ask: float
    present_emergency: float
    present: float
    confirm_emergency: float
    confirm: float
    hear_emergency: float = 0.0
    hear: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What the classifier thinks of one part of a message.

    Args:
        words: the part.
        start: its first character.
        end: one past its last character.
        probabilities: for each flag, in the light of the whole message.
        alone: for each flag, of the part by itself.
        is_clause: whether it is a clause, or the only part of the message.
    """

    words: str
    start: int
    end: int
    probabilities: Mapping[str, float]
    alone: Mapping[str, float]
    is_clause: bool


def guesses_of(flags: Sequence[str], parts: Sequence[tuple[str, int, int]], probabilities: Scores) -> tuple[Guess, ...]:
    """Turn the classifier's numbers into guesses, one for each part (words, start, end) of the message.

    A clause torn out of its message says little ("but not during"), and a story blurs its one clause that matters: each
    part speaks for one half, the whole message, which stands first, for the other. The odds are averaged as logarithms.
    In cross-validation on the phrases this noticed 0.89 of the emergencies in stories, the part alone 0.78,
    at the same 4 % of clean messages with a question. What several clauses hint at adds up (see `_over_clauses`).
    """
    if not parts:
        return ()
    joined = _joined(probabilities) if len(parts) > 1 else probabilities
    return tuple(
        Guess(
            words=words,
            start=start,
            end=end,
            probabilities=dict(zip(flags, row, strict=True)),
            alone=dict(zip(flags, row_alone, strict=True)),
            is_clause=number > 0 or len(parts) == 1,
        )
        for number, ((words, start, end), row, row_alone) in enumerate(
            zip(parts, joined.tolist(), probabilities.tolist(), strict=True)
        )
    )


def _joined(probabilities: Scores) -> Scores:
    """Return the probabilities of the parts, each in the light of the whole message, the first."""
    logits = np.log(np.clip(probabilities, _SMALLEST, 1 - _SMALLEST) / np.clip(1 - probabilities, _SMALLEST, 1))
    joined = (logits + logits[0]) / 2
    joined[1:] += _over_clauses(joined[1:])
    return np.asarray(1 / (1 + np.exp(-joined)))


def _over_clauses(logits: Scores) -> Scores:
    """Return what the log odds of each clause gain or lose by the company of the others, for each flag.

    A ladder in one clause and a landing in the next say more together than the louder of them: the odds of the loudest
    add up. Many clauses also mean many chances to sound like a sign, and that is taken off again.

    Args:
        logits: log odds, clauses x flags.
    """
    loudest = np.sort(logits, axis=0)[-_LOUDEST:]
    together = np.log(np.exp(loudest - loudest[-1]).sum(axis=0))
    return np.asarray(together - _CHANCE * max(0.0, math.log(len(logits) / _FEW_CLAUSES)))


def recognise(reading: Reading, guesses: Sequence[Guess], rules: RedFlags, thresholds: Thresholds) -> tuple[Sign, ...]:
    """Join what the rules found with what the classifier guesses.

    A rule that heard a sign said settles it, unless the classifier finds nothing of the kind: then the assistant asks.
    A rule that heard it denied settles that, unless another part of the message says it. Where no rule speaks, the
    classifier decides: where a plain clause and the whole message agree, the sign is present; less sure, the assistant
    asks. A rule for asking makes it ask, unless the classifier is sure that there is nothing.

    Args:
        reading: what the rules found.
        guesses: the classifier's view of the whole message and of each clause.
        rules: the red-flag file; it says which flags are emergencies.
        thresholds: when a guess counts.
    """
    signs = []
    guesses = [guess for guess in guesses if not _is_plain_denial(guess, reading)]
    for flag in rules.flags:
        mentions = [mention for mention in reading.mentions if mention.flag == flag.id]
        is_emergency = flag.urgency is Urgency.EMERGENCY_NOW
        sign = _judge(flag.id, mentions, reading, guesses, thresholds, is_emergency=is_emergency)
        if sign is not None:
            tags = reading.tags_of(flag.id) & frozenset(rules.tags)
            signs.append(Sign(sign.flag, sign.state, sign.evidence, tags))
    return _without_echoes(signs, reading, guesses, rules, thresholds)


def _without_echoes(
    signs: Sequence[Sign], reading: Reading, guesses: Sequence[Guess], rules: RedFlags, thresholds: Thresholds
) -> tuple[Sign, ...]:
    """Return the signs, those that only repeat the words of another one as questions: they are not told as said.

    "Numb between my legs" says one thing. What the classifier makes of these words besides, or a rule that finds some
    of them, must not put both legs on the card. Nothing becomes less urgent by it; a sign that raises others stays, and
    so do thoughts of self-harm.
    """
    if not any(sign.state is State.PRESENT for sign in signs):
        return tuple(signs)
    stays = {multiplier.when for multiplier in rules.multipliers} | {flag.id for flag in rules.flags if flag.crisis}
    urgency = triage(signs, rules).urgency
    kept = tuple(signs)
    for sign in signs:
        if sign.state is not State.PRESENT or sign.flag in stays:
            continue
        doubted = tuple(replace(each, state=State.ASK) if each.flag == sign.flag else each for each in kept)
        level = levels(doubted, rules)
        others = {
            other.flag for other in doubted if other.state is State.PRESENT and level[other.flag] >= level[sign.flag]
        }
        if any(
            mention.flag == sign.flag and mention.light is Light.SAID and mention.sure for mention in reading.mentions
        ):
            # What a rule heard leads its card also where the words of another sign hold it.
            order = triage(kept, rules).flags
            others &= set(order[: order.index(sign.flag)])
        is_echo = _is_echo(sign.flag, others, reading, guesses, thresholds.present_emergency)
        if is_echo and triage(doubted, rules).urgency >= urgency:
            kept = doubted
    return kept


def _is_echo(flag: str, others: Collection[str], reading: Reading, guesses: Sequence[Guess], present: float) -> bool:
    """Whether a flag only repeats what says another one.

    A guess does where its clauses hold the words by which a rule heard the other flag, unless the classifier is sure of
    it and surer than of that one. A rule does where its words are a part of the other's, and the classifier would not
    say the flag.
    """
    heard = [mention for mention in reading.mentions if mention.light is Light.SAID and mention.sure]
    own = [mention for mention in heard if mention.flag == flag]
    louder = [mention for mention in heard if mention.flag in others]
    if own:
        is_guessed = any(guess.alone.get(flag, 0.0) >= present for guess in guesses)
        return not is_guessed and all(any(_is_part(mention, other) for other in louder) for mention in own)
    return all(
        any(
            other.start < clause.end
            and clause.start < other.end
            and clause.alone[flag] < max(_SURE_BESIDE, clause.alone.get(other.flag, 0.0))
            for other in louder
        )
        for clause in _plain_clauses(flag, guesses, reading, present)
    )


def _is_part(mention: Mention, other: Mention) -> bool:
    """Whether a mention has only words of another one, and fewer."""
    return (
        other.start <= mention.start
        and mention.end <= other.end
        and mention.end - mention.start < other.end - other.start
    )


def _judge(
    flag: str,
    mentions: Sequence[Mention],
    reading: Reading,
    guesses: Sequence[Guess],
    thresholds: Thresholds,
    *,
    is_emergency: bool,
) -> Sign | None:
    confirm, hear, ask, present = (
        (
            thresholds.confirm_emergency,
            thresholds.hear_emergency,
            thresholds.ask_emergency,
            thresholds.present_emergency,
        )
        if is_emergency
        else (thresholds.confirm, thresholds.hear, thresholds.ask, thresholds.present)
    )
    if not mentions and all(guess.probabilities.get(flag, 0.0) < min(ask, present) for guess in guesses):
        # As with nearly every flag of a message.
        return None
    words, probability = _best_guess(flag, guesses, mentions, alone_beside_others=not is_emergency)
    said = [mention for mention in mentions if mention.light is Light.SAID]
    sure = next((mention for mention in said if mention.sure), None)
    if sure is not None and probability >= confirm:
        return Sign(flag, State.PRESENT, sure.words)
    plain = _plain_clauses(flag, guesses, reading, present)
    # Somebody who says it one way and denies it another way is asked.
    if plain and (sure is not None or len(said) == len(mentions)):
        return Sign(flag, State.PRESENT, plain[0].words)
    # Where all parts are quietened by another mention there is no second opinion: "collapsed, not breathing".
    if said and (probability >= hear or (sure is not None and not words)):
        return Sign(flag, State.ASK, (sure or said[0]).words)
    if probability >= ask:
        return Sign(flag, State.ASK, words)
    denied = next((mention for mention in mentions if mention.light is Light.DENIED), None)
    return Sign(flag, State.ABSENT, denied.words) if denied is not None else None


def _is_plain_denial(guess: Guess, reading: Reading) -> bool:
    lights = {mention.light for mention in reading.mentions if mention.start < guess.end and guess.start < mention.end}
    return lights == {Light.DENIED} and len(guess.words.split()) <= _WORDS_OF_A_DENIAL


def _plain_clauses(flag: str, guesses: Sequence[Guess], reading: Reading, present: float) -> list[Guess]:
    """Return the clauses that say a flag by themselves and in the light of the message."""
    return [
        guess
        for guess in guesses
        if guess.is_clause
        and guess.probabilities.get(flag, 0.0) >= present
        and guess.alone.get(flag, 0.0) >= present
        and len(guess.words.split()) >= _MIN_WORDS
        and not reading.is_shaded(flag, guess.start, guess.end)
    ]


def _best_guess(
    flag: str, guesses: Sequence[Guess], mentions: Sequence[Mention], *, alone_beside_others: bool
) -> tuple[str, float]:
    """Return the words and the probability of the guess that speaks loudest, leaving out what the rules quietened."""
    quiet = [mention for mention in mentions if mention.light in _QUIETENED]
    best = ("", 0.0)
    # The rest of the message tells it of somebody else, so a part speaks for itself only.
    alone = alone_beside_others and any(mention.light is Light.OTHERS for mention in quiet)
    for guess in guesses:
        probability = guess.probabilities.get(flag, 0.0)
        if alone:
            probability = min(probability, guess.alone.get(flag, 0.0))
        if (
            probability > best[1]
            and len(guess.words.split()) >= _MIN_WORDS
            and not any(m.start < guess.end and guess.start < m.end for m in quiet)
        ):
            best = (guess.words, probability)
    return best
