"""Why an action was chosen, in a sentence: from the decision, the reading, the rules and the stories. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backstride.studio.dialogue import Decision, Turn
from backstride.studio.project_files import Flow, Step

# What the safety rules decide, in words for a trainer; the names are those of backstride/safety.py's moves.
_MOVES = {
    "refer": "a warning sign was said: the full referral",
    "repeat": "a referral stands: its action again, in short",
    "withhold": "an exercise was asked for while a referral stands",
    "stands": "the sign was played down: the referral stands",
    "ask_yes_or_no": "a sign is still unsure after a reply that may be a yes or a no: a plain one is asked for",
    "screen_again": "the five checks are still open: they are asked again in short",
    "relieved": "a no settled a sign that was only asked about; it gets words of its own",
    "data": "an emergency stands: its action comes first, and then what was asked about one's own data",
    "why_referred": "the person asked why the advice is what it is",
    "what_to_tell": "the person asked what to tell whoever answers",
    "got_help": "others are looking after it",
    "numbers": "the emergency numbers were asked for",
    "ask": "a warning sign may have been said: its own question",
    "ask_again": "an exercise was asked for while that question is open",
    "ask_clearly": "the reply was neither yes nor no: the question once more",
    "ask_for_them": "the question, about somebody else",
    "explain": "the question in other words",
    "left": "the person said stop: the question waits for an exercise",
    "why": "the person asked why the question is asked",
    "not_sure": "the person does not know",
    "screen": "the five checks come before any exercise",
    "remind": "the checks are still open: one line about them",
    "which": "one of the checks is true: which one",
    "resume": "the question is answered: back to what was wanted",
    "clearing": "the person takes a sign back: one confirming question",
    "cleared_checked": "cleared: a doctor has looked at it",
    "cleared_mistaken": "cleared: it was a misunderstanding",
    "cleared_other": "cleared: the sign was another person's",
    "not_cleared": "the sign stands",
    "someone_else": "the sign is another person's",
}


def why(decision: Decision, turn: Turn, flows: Sequence[Flow]) -> tuple[str, Flow | None]:
    """Return why an action was chosen, and the rule or story that says so, if one does.

    Args:
        decision: the action.
        turn: the turn that it belongs to.
        flows: all rules and stories.
    """
    intent = turn.message.intent if turn.message else ""
    match decision.policy:
        case "SafetyPolicy":
            return _MOVES.get(turn.safety_move, "the safety rules come before everything else"), None
        case "RulePolicy":
            rule = _holding(flows, "rule", intent, decision.action)
            if rule is not None:
                return f"the rule “{rule.name}”", rule
            return "no rule and no story fits: the fall-back", None
        case "StoryPolicy" | "MemoizationPolicy" | "AugmentedMemoizationPolicy" | "TEDPolicy":
            story = _holding(flows, "story", intent, decision.action)
            return (f"as in the story “{story.name}”", story) if story else ("learned from the stories", None)
        case "":
            return "the action before it asked for it", None
        case policy:
            return f"{policy} decided so", None


def _holding(flows: Sequence[Flow], kind: str, intent: str, action: str) -> Flow | None:
    """Return a rule or story in which the action follows the intent, the shortest one."""
    wanted = Step(kind="intent", name=intent), Step(kind="action", name=action)
    found = [flow for flow in flows if flow.kind == kind and wanted in _pairs(flow)]
    return min(found, key=lambda flow: len(flow.steps), default=None)


def _pairs(flow: Flow) -> Iterator[tuple[Step, Step]]:
    """Yield each action of a flow with the intent that it answers."""
    said: Step | None = None
    for step in flow.steps:
        if step.kind == "intent":
            said = step
        elif step.kind == "action" and said is not None:
            yield said, step
