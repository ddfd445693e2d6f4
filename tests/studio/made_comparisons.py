"""Comparisons of two models that were never trained: made figures, and a word in place of a model."""

from __future__ import annotations

from typing import Any

from backstride.evaluation.figures import Evaluation, Reading, ScenarioFigure, Speed
from backstride.evaluation.intents import score_intents
from backstride.evaluation.red_flags import FlagFigures, FlagReading, Share
from backstride.model_store import ModelStore
from backstride.studio.comparison import Comparison, MessageChange
from backstride.studio.comparisons import Comparisons
from backstride.studio.settings import StudioSettings
from backstride.triage import Urgency

FLOOR = "emergency answered as emergency"
CEILING = "clean message with an alarm"
SIGN = FlagReading(id="cauda_equina", state="present", urgency=Urgency.EMERGENCY_NOW)


def evaluation(
    *,
    noticed: int = 98,
    alarms: int = 1,
    wrong: dict[str, str] | None = None,
    predicted: tuple[str, ...] = ("greet", "greet", "deny", "deny"),
    missed: tuple[str, ...] = (),
) -> Evaluation:
    """Return what was measured on a model of two intents, a warning sign and two conversations."""
    texts = ("hi", "hello", "no", "nope")
    shares = {FLOOR: Share(hits=noticed, tries=100), CEILING: Share(hits=alarms, tries=100)}
    return Evaluation(
        sha256="x",
        basis="basis",
        made_at="2026-01-01T00:00:00+00:00",
        intents=score_intents(["greet", "greet", "deny", "deny"], predicted),
        several=Share(hits=1, tries=2),
        predicted=dict(zip(texts, predicted, strict=True)),
        flags=FlagFigures(shares=shares, flags={"cauda_equina": shares[FLOOR]}, missed=missed),
        flag_readings={},
        scenarios={
            name: ScenarioFigure(wrong=(wrong or {}).get(name), transcript="> hi" if name in (wrong or {}) else None)
            for name in ("talk/a", "talk/b")
        },
    )


def comparison(before: Evaluation | None, after: Evaluation, **more: Any) -> Comparison:
    """Return a comparison of a model `new` with a model `old`, or with none."""
    speed = Speed(messages=2, p50_ms=1, p95_ms=2, load_s=3)
    values = {
        "candidate": "new",
        "current": "old" if before else None,
        "made_at": "2026-01-01T00:00:00+00:00",
        "basis": "basis",
        "after": after,
        "before": before,
        "speed_after": speed,
        "speed_before": speed if before else None,
        "bytes_after": 10_000_000,
        "bytes_before": 9_000_000 if before else None,
    }
    return Comparison(**(values | more))


def change(
    key: str = "1",
    *,
    conversation: str = "c",
    before: tuple[FlagReading, ...] = (),
    after: tuple[FlagReading, ...] = (),
) -> MessageChange:
    """Return a real message that the two models read differently."""
    return MessageChange(
        conversation=conversation,
        key=key,
        before=Reading(intent="greet", confidence=0.9, flags=before),
        after=Reading(intent="deny", confidence=0.8, flags=after),
    )


def keep(settings: StudioSettings, content: str, **about: Any) -> str:
    """Keep a file with some words in it as if it were a trained model; return its id."""
    file = settings.project / "trained.tar.gz"
    file.write_text(content)
    return ModelStore(settings.models).keep(file, **about).id


def serve(settings: StudioSettings, content: str, **about: Any) -> str:
    """Keep such a model and let it serve."""
    model = keep(settings, content, **about)
    ModelStore(settings.models).install(model, kind="trained", by="ann")
    return model


def compared(settings: StudioSettings, both: Comparison, **about: Any) -> str:
    """Keep a candidate `new` that was compared with the serving model `old`; return the candidate's id.

    Args:
        settings: where they are kept.
        both: what was measured.
        about: what is known of the serving model.
    """
    old, new = serve(settings, "old", **about), keep(settings, "new")
    Comparisons(settings.state).write(both.copy(update={"candidate": new, "current": old}))
    return new
