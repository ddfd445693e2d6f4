"""The report of `bench.serving`: tables and a picture of what was measured; what was not is said to be missing."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backstride.language.weights import find_weights
from bench import pictures, report
from bench.examples import Labelled, near_and_far
from bench.machine import Watch
from bench.processes import Finished
from bench.report import number
from bench.scores import TURNED_AWAY, Reading, quality_of
from bench.traffic import Traffic
from bench.worker import TURNS

DEFAULT, OURS, ENCODER, ECHO = "Rasa's defaults", "ours", "encoder alone", "bare Sanic echo"
AGAIN = "ours, trained again"
BARE = "Rasa's engine alone"
STORES = {"sqlite": "conversations in SQLite", "memory": "conversations in memory"}
CLIENTS = (1, 16)
# With fewer, Rasa's growing batches are not what they are on the mean of a whole training.
FEW_EPOCHS = 2
ALL_EPOCHS = 100
_NOT_MEASURED = "Not measured.\n"


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model: its file with its size in MB, what training took, and whether it is from an earlier run."""

    path: Path
    took: Finished
    is_cached: bool = False
    megabytes: float = 0.0


@dataclass(slots=True)
class InProcess:
    """Times of a system inside one process, what it read, and which messages ran a custom action."""

    parse_ms: list[float] = field(default_factory=list)
    handle_ms: list[float] = field(default_factory=list)
    acted: list[bool] = field(default_factory=list)
    load_s: float = 0.0
    megabytes: float = 0.0
    readings: list[Reading] = field(default_factory=list)


@dataclass(slots=True)
class Served:
    """What a served system took, over HTTP."""

    load_s: float = 0.0
    megabytes: float = 0.0
    traffic: dict[int, Traffic] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """Everything that the report tells of; each step adds what it found.

    Args:
        options: of the command line.
        conditions: the machine and the versions.
        watch: what else the machine did.
        messages: the held-apart ones.
        trained: models by what they are: DEFAULT, OURS, AGAIN, BARE.
        less_trained: Rasa's defaults with FEW_EPOCHS, where the others have not all epochs either.
        in_process: what was measured inside a process.
        served: what was measured over HTTP, by store and system.
        problems: the steps that failed, and why.
    """

    options: argparse.Namespace
    conditions: str
    watch: Watch
    messages: list[Labelled]
    trained: dict[str, Trained] = field(default_factory=dict)
    less_trained: Trained | None = None
    in_process: dict[str, InProcess] = field(default_factory=dict)
    served: dict[str, dict[str, Served]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def default_training(self) -> Finished:
        """What training Rasa's defaults for all epochs takes: measured, or computed from two shorter trainings.

        Raises:
            KeyError: it was not trained.
        """
        took = self.trained[DEFAULT].took
        if self.options.default_epochs is None:
            return took
        if self.less_trained is None:
            raise KeyError(FEW_EPOCHS)
        return for_all_epochs(self.less_trained.took, took, self.options.default_epochs)

    @property
    def our_training(self) -> Finished:
        """What training ours takes, on the mean of two."""
        return _mean([self.trained[OURS].took, self.trained[AGAIN].took])


def for_all_epochs(few: Finished, more: Finished, epochs: int) -> Finished:
    """Compute what ALL_EPOCHS would take: what does not depend on their number, and so much for each.

    Args:
        few: what FEW_EPOCHS took.
        more: what so many epochs took.
        epochs: more than FEW_EPOCHS.
    """
    left = (ALL_EPOCHS - epochs) / (epochs - FEW_EPOCHS)
    return Finished(more.wall_s + left * (more.wall_s - few.wall_s), more.cpu_s + left * (more.cpu_s - few.cpu_s))


def text_of(run: Run) -> str:
    """Return the report in Markdown."""
    sections = [
        ("Targets", _targets(run)),
        ("Understanding", _understanding(run)),
        ("Training and loading", _training(run)),
        ("Inside one process", _inside(run)),
        *((f"Over HTTP, {STORES[store]}", _over_http(found)) for store, found in run.served.items()),
        ("Two trainings", _two_trainings(run.in_process)),
    ]
    return "\n".join(
        [
            "# Training and serving, beside Rasa's own defaults\n",
            f"{run.conditions} {run.watch.sentence()}\n",
            *(f"**This step failed:** {problem}\n" for problem in run.problems),
            _setting(run),
            *([] if run.problems else ["![Both systems side by side](serving.svg)\n"]),
            *(f"## {title}\n\n{text}" for title, text in sections),
        ]
    )


def _setting(run: Run) -> str:
    options = run.options
    epochs = f"all {ALL_EPOCHS} epochs"
    computed = ""
    if options.default_epochs is not None:
        epochs = f"{options.default_epochs} epochs"
        computed = (
            f" Speed, memory and start do not depend on the number of epochs. What training for {ALL_EPOCHS} takes is "
            f"**computed**, not measured: trainings of {FEW_EPOCHS} and {options.default_epochs} epochs say what one "
            "epoch takes and what does not depend on them. What the defaults understand after so few epochs is "
            "not comparable, and left out."
        )
    kept = ""
    if DEFAULT in run.trained and run.trained[DEFAULT].is_cached:
        kept = " Its model was trained in an earlier run from the same inputs."
    return (
        f"Both learn the same data and domain. Rasa's defaults are trained for {epochs} and served by `rasa run` and "
        f"`rasa run actions`; ours by `backstride serve`, which also looks for red flags in every message.{kept}"
        f"{computed} Threads of each numeric library: {options.threads} in training and for Rasa's defaults; ours "
        f"serves with one. {options.messages} held-apart messages a measurement, {options.rounds} turns, a new "
        f"conversation every {TURNS} messages. Milliseconds are p50 / p95.\n"
    )


def _targets(run: Run) -> str:
    served = run.served.get(run.options.stores[0], {})

    def p50(name: str) -> float:
        return report.latency(served[name].traffic[CLIENTS[0]].milliseconds).p50

    def p50_with_action(name: str) -> float:
        return report.latency(_with_action(run, served[name])).p50

    def rate(name: str) -> float:
        return served[name].traffic[CLIENTS[-1]].messages_a_second

    def floor() -> float:
        return p50(ECHO) + report.latency(run.in_process[ENCODER].parse_ms).p50

    how = "" if run.options.default_epochs is None else " (computed)"
    rows = [
        _target(
            f"training, by the clock{how}",
            lambda: run.our_training.wall_s / run.default_training.wall_s,
            1 / 8,
            "of the defaults'",
        ),
        _target(
            f"training, processor time{how}",
            lambda: run.our_training.cpu_s / run.default_training.cpu_s,
            1 / 8,
            "of the defaults'",
        ),
        _target("p50 over HTTP, one client", lambda: p50(OURS) / p50(DEFAULT), 1 / 3, "of the defaults'"),
        _target(
            "the same, of messages with a custom action",
            lambda: p50_with_action(OURS) / p50_with_action(DEFAULT),
            1 / 3,
            "of the defaults'",
        ),
        _target("p50 over HTTP, one client, beside the floor", lambda: p50(OURS) / floor(), 2, "times the floor"),
        _target(
            "messages a second, sixteen clients",
            lambda: rate(OURS) / rate(DEFAULT),
            3,
            "times the defaults'",
            at_least=True,
        ),
    ]
    return (
        f"{report.table(['measure', 'ours', 'target', 'reached'], rows)}\n"
        f"The floor{_of(floor)} is the encoder's bare forward pass of the message and one message to the bare Sanic "
        f"echo.{_beside_the_engine(p50, floor)} Rows over HTTP: {STORES[run.options.stores[0]]}. "
        f"{_said_of_actions(run, served)}\n"
    )


def _beside_the_engine(p50: Callable[[str], float], floor: Callable[[], float]) -> str:
    try:
        times = p50(BARE) / floor()
        share = p50(OURS) / p50(BARE)
    except KeyError:
        return ""
    return (
        " Rasa's engine alone, served by `rasa run` with one keyword to know and one sentence to say, takes "
        f"{times:.1f} times the floor; ours takes {share:.2f} of that."
    )


def _with_action(run: Run, served: Served) -> list[float]:
    """Return the times over HTTP, one client, of the messages that run a custom action in both systems.

    Both hear the same messages in the same conversations over HTTP and inside one process, where it is seen.

    Raises:
        KeyError: it was not measured.
    """
    both = _acted_in_both(run)
    return list(itertools.compress(served.traffic[CLIENTS[0]].milliseconds, itertools.cycle(both)))


def _acted_in_both(run: Run) -> list[bool]:
    both = [all(pair) for pair in zip(run.in_process[OURS].acted, run.in_process[DEFAULT].acted, strict=True)]
    if not any(both):
        raise KeyError("acted")
    return both


def _said_of_actions(run: Run, served: Mapping[str, Served]) -> str:
    try:
        both = _acted_in_both(run)
        times = [number(report.latency(_with_action(run, served[name])).p50) for name in (OURS, DEFAULT)]
    except KeyError:
        return ""
    return (
        f"{sum(both)} of the {len(both)} messages run a custom action in both systems, in the process here, in the "
        f"action server there: {times[0]} ms and {times[1]} ms at the median."
    )


def _of(floor: Callable[[], float]) -> str:
    try:
        return f", {number(floor())} ms,"
    except KeyError:
        return ""


def _target(name: str, ratio: Callable[[], float], target: float, unit: str, *, at_least: bool = False) -> list[str]:
    bound = f"{'at least' if at_least else 'at most'} {target:.2f}"
    try:
        found = ratio()
    except KeyError:
        return [name, "not measured", bound, "**no**"]
    is_reached = found >= target if at_least else found <= target
    return [name, f"{found:.2f} {unit}", bound, "yes" if is_reached else "**no**"]


def _understanding(run: Run) -> str:
    near, far = near_and_far(run.messages)
    truths = [message.intent for message in run.messages]
    rows = []
    for name in (DEFAULT, OURS):
        if name == DEFAULT and run.options.default_epochs is not None:
            rows.append([name, *["not comparable"] * 6])
            continue
        if name not in run.in_process or not run.in_process[name].readings:
            continue
        readings = run.in_process[name].readings
        quality = quality_of(readings, truths)
        noticed = [sum(readings[i].answered in TURNED_AWAY for i in places) / len(places) for places in (near, far)]
        rows.append(
            [
                name,
                *(f"{share:.3f}" for share in (quality.accuracy, quality.macro_f1, quality.first_three)),
                f"{noticed[0]:.2f} / {noticed[1]:.2f}",
                *(f"{share:.3f}" for share in (quality.rejected, quality.ece)),
            ]
        )
    head = [
        "",
        "accuracy",
        "macro F1",
        "first three",
        "stray noticed, nearer / farther half",
        "others turned away",
        "ECE",
    ]
    return (
        f"{report.table(head, rows)}\n"
        f"{len(truths)} held-apart messages (tests/nlu/test_set.yml), with each system's own thresholds. More in "
        "[understanding.md](understanding.md).\n"
    )


def _training(run: Run) -> str:
    encoder_mb = sum(file.stat().st_size for file in find_weights().glob("*.safetensors")) / 1e6
    epochs = run.options.default_epochs
    served = run.served.get(run.options.stores[0], {})
    rows: list[list[str]] = []
    if run.less_trained is not None:
        rows.append(_training_row(f"{DEFAULT}, {FEW_EPOCHS} epochs", run.less_trained))
    for name, trained in run.trained.items():
        title = f"{name}, {epochs} epochs" if name == DEFAULT and epochs is not None else name
        rows.append(_training_row(title, trained, served.get(name)))
    if run.less_trained is not None and DEFAULT in run.trained:
        took = run.default_training
        title = f"{DEFAULT}, {ALL_EPOCHS} epochs, **computed**"
        rows.append([title, number(took.wall_s), number(took.cpu_s), "", "", ""])
    head = ["", "training s", "processor s", "model MB", "start to first answer s", "memory MB, all processes"]
    return (
        f"{report.table(head, rows)}\n"
        f"Ours also reads the encoder's weights, {encoder_mb:.0f} MB that come with a package and are the same for "
        "every model. Memory: resident, after the messages; of two processes, what they share counts twice.\n"
    )


def _training_row(title: str, trained: Trained, served: Served | None = None) -> list[str]:
    start = [number(served.load_s), number(served.megabytes)] if served else ["", ""]
    return [title, number(trained.took.wall_s), number(trained.took.cpu_s), number(trained.megabytes), *start]


def _inside(run: Run) -> str:
    rows = []
    for name in (DEFAULT, OURS, ENCODER):
        found = run.in_process.get(name)
        if found is None or not found.parse_ms:
            continue
        whole_turn = "" if name == ENCODER else report.latency(found.handle_ms)
        rows.append([name, report.latency(found.parse_ms), whole_turn, number(found.load_s), number(found.megabytes)])
        if name == ENCODER:
            rows.append([f"{ENCODER}, message and clauses", report.latency(found.handle_ms), "", "", ""])
    head = ["", "reading a message, ms", "whole turn, ms", "import and load s", "memory MB"]
    return (
        f"{report.table(head, rows)}\n"
        "The whole turn keeps the conversation in SQLite; the defaults' actions run in their own server, ours in the "
        "process.\n"
    )


def _over_http(found: Mapping[str, Served]) -> str:
    rows = []
    for name, one in found.items():
        cells = []
        if one.traffic.keys() < set(CLIENTS):
            continue
        for clients in CLIENTS:
            traffic = one.traffic[clients]
            cells += [str(report.latency(traffic.milliseconds)), number(traffic.messages_a_second)]
        empty = sum(traffic.empty for traffic in one.traffic.values())
        sent = sum(len(traffic.milliseconds) for traffic in one.traffic.values())
        rows.append([name, *cells, f"{empty} of {sent}"])
    head = [""]
    for clients in CLIENTS:
        who = "one client" if clients == 1 else f"{clients} clients"
        head += [f"{who}, ms", f"{who}, messages a second"]
    return report.table([*head, "without a reply"], rows)


def _two_trainings(in_process: Mapping[str, InProcess]) -> str:
    if not {OURS, AGAIN} <= in_process.keys() or not in_process[OURS].readings:
        return _NOT_MEASURED
    pairs = list(zip(in_process[OURS].readings, in_process[AGAIN].readings, strict=True))
    same = sum(one.ranking == other.ranking for one, other in pairs)
    gap = max(abs(one.confidence - other.confidence) for one, other in pairs)
    verdict = "the same" if same == len(pairs) and gap == 0 else "**not the same**"
    return (
        f"Trained twice from scratch, ours reads the held-apart messages {verdict}: {same} of {len(pairs)} rankings "
        f"are equal, and confidences differ by {gap:.1e} at most.\n"
    )


def _mean(took: Sequence[Finished]) -> Finished:
    return Finished(sum(one.wall_s for one in took) / len(took), sum(one.cpu_s for one in took) / len(took))


def draw(run: Run) -> None:
    """Draw the bars of both systems into `serving.svg`."""
    served = run.served[run.options.stores[0]]
    p50 = {name: report.latency(one.traffic[CLIENTS[0]].milliseconds) for name, one in served.items()}
    truths = [message.intent for message in run.messages]
    short = {DEFAULT: "defaults", OURS: "ours", ECHO: "echo"}
    comparable = (DEFAULT, OURS) if run.options.default_epochs is None else (OURS,)
    training = "training, s" if run.options.default_epochs is None else "training, s (defaults: computed)"
    pictures.draw_bars(
        report.RESULTS / "serving.svg",
        {
            "accuracy, held apart": {
                short[name]: quality_of(run.in_process[name].readings, truths).accuracy for name in comparable
            },
            training: {"defaults": run.default_training.wall_s, "ours": run.our_training.wall_s},
            "start to first answer, s": {short[name]: served[name].load_s for name in (DEFAULT, OURS)},
            "memory, MB": {short[name]: served[name].megabytes for name in (DEFAULT, OURS)},
            "reading a message, p50 ms": {
                "defaults": report.latency(run.in_process[DEFAULT].parse_ms).p50,
                "ours": report.latency(run.in_process[OURS].parse_ms).p50,
                "encoder": report.latency(run.in_process[ENCODER].parse_ms).p50,
            },
            "one client over HTTP, p50 ms": {short[name]: p50[name].p50 for name in short},
            "one client over HTTP, p95 ms": {short[name]: p50[name].p95 for name in short},
            "16 clients, messages a second": {
                short[name]: served[name].traffic[CLIENTS[-1]].messages_a_second for name in (DEFAULT, OURS)
            },
        },
    )
