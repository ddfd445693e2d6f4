"""Train and serve Rasa's default configuration and ours on the same data in the same run, and compare them.

    python -m bench.serving

Rasa's defaults (bench/default_config) are served the stock way, by `rasa run` and `rasa run actions`; ours by
`backstride serve`. Both hear the same held-apart messages over the REST channel, in turns. Everything listens on
127.0.0.1 and ends with the run.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import yaml

from backstride.language.weights import find_weights
from backstride.settings import ROOT, set_library_defaults
from bench import pictures, report
from bench.examples import Labelled, held_apart, near_and_far
from bench.machine import Watch
from bench.processes import ADDRESS, Finished, Helper, Server, environment, free_port, run
from bench.report import number
from bench.scores import TURNED_AWAY, Reading, quality_of
from bench.traffic import Traffic, send, wait_for_answer
from bench.worker import TURNS

DEFAULT, OURS, ENCODER, ECHO = "Rasa's defaults", "ours", "encoder alone", "bare Sanic echo"
_AGAIN = "ours, trained again"
STORES = {"sqlite": "conversations in SQLite", "memory": "conversations in memory"}
CLIENTS = (1, 16)
_FIRST_MESSAGE = "my lower back hurts since my run"
_TRAINING_LIMIT_S = 6 * 3600.0
_START_LIMIT_S = 600.0
_ANSWER_LIMIT_S = 900.0
_MODEL = "model"


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model: its file, what training took, and whether it is from an earlier run."""

    path: Path
    took: Finished
    is_cached: bool = False


@dataclass(slots=True)
class InProcess:
    """Times of a system inside one process, and what it read."""

    parse_ms: list[float] = field(default_factory=list)
    handle_ms: list[float] = field(default_factory=list)
    load_s: float = 0.0
    megabytes: float = 0.0
    readings: list[Reading] = field(default_factory=list)


@dataclass(slots=True)
class Served:
    """What a served system took, over HTTP."""

    load_s: float = 0.0
    megabytes: float = 0.0
    traffic: dict[int, Traffic] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inputs:
    """A copy of what is trained from, so that both systems learn the same whatever is edited meanwhile."""

    folder: Path

    @property
    def digest(self) -> str:
        """A hash over the data and the domain, which both systems learn."""
        digest = hashlib.sha256()
        for file in [self.folder / "domain.yml", *sorted((self.folder / "data").rglob("*.yml"))]:
            digest.update(str(file.relative_to(self.folder)).encode() + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything that the report tells of."""

    options: argparse.Namespace
    conditions: str
    watch: Watch
    messages: list[Labelled]
    models: dict[str, Trained]
    again: Trained
    in_process: dict[str, InProcess]
    served: dict[str, dict[str, Served]]


def main() -> None:
    """Run the comparison and write the report."""
    options = _options()
    set_library_defaults()
    report.CACHE.mkdir(parents=True, exist_ok=True)
    conditions = report.conditions()
    with tempfile.TemporaryDirectory(prefix="serving-", dir=report.CACHE) as name:
        folder = Path(name)
        with Watch() as watch:
            inputs = _copy_inputs(folder / "inputs")
            models = {
                DEFAULT: _train_default(inputs, folder, options),
                OURS: _train_ours(inputs, folder / "ours", options.threads),
            }
            again = _train_ours(inputs, folder / "ours-again", options.threads)
            messages = held_apart()
            spoken = _spread([message.text for message in messages], options.messages)
            in_process = _measure_in_process(models, again, messages, spoken, folder, options)
            served = {
                store: asyncio.run(_measure_served(models, spoken, folder, store, options)) for store in options.stores
            }
        whole = _Run(options, conditions, watch, messages, models, again, in_process, served)
        text = _report(whole)
        _draw(whole)
    print(text)
    print(f"Written to {report.write('serving.md', text)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--default-epochs", type=int, help="train Rasa's defaults for fewer epochs: a quick look, no comparison"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="train Rasa's defaults even where a model of the same inputs is kept"
    )
    parser.add_argument("--messages", type=int, default=200, help="messages for each measurement (200)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each measurement is taken, in turns (3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of each numeric library")
    parser.add_argument(
        "--stores", nargs="+", choices=STORES, default=list(STORES), help="where conversations are kept"
    )
    return parser.parse_args()


def _spread(texts: Sequence[str], count: int) -> list[str]:
    """Return so many of the texts, evenly spread over all of them and then mixed, the same in each run."""
    step = max(1, len(texts) / count)
    chosen = [texts[int(i * step) % len(texts)] for i in range(count)]
    return sorted(chosen, key=lambda text: hashlib.sha256(text.encode()).digest())


def _copy_inputs(folder: Path) -> Inputs:
    shutil.copytree(ROOT / "data", folder / "data")
    for name in ("domain.yml", "config.yml"):
        shutil.copy(ROOT / name, folder / name)
    return Inputs(folder)


def with_epochs(config: str, epochs: int | None) -> str:
    """Return the text of a configuration with another number of epochs for all that has any."""
    return config if epochs is None else re.sub(r"(?m)^(\s*epochs:) \d+$", rf"\1 {epochs}", config)


def _train_default(inputs: Inputs, folder: Path, options: argparse.Namespace) -> Trained:
    """Train Rasa's defaults, or take the model that an earlier run trained from the same inputs."""
    config = with_epochs(
        (ROOT / "bench" / "default_config" / "config.yml").read_text(encoding="utf-8"), options.default_epochs
    )
    key = f"{inputs.digest}-{version('rasa')}-{options.threads}-{config}"
    kept = report.CACHE / f"default-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    note = kept / "took.json"
    if note.is_file() and not options.fresh:
        return Trained(
            kept / f"{_MODEL}.tar.gz", Finished(**json.loads(note.read_text(encoding="ascii"))), is_cached=True
        )
    path = folder / "default.yml"
    path.write_text(config, encoding="utf-8")
    trained = _train(inputs, path, folder / "default", options.threads)
    kept.mkdir(exist_ok=True)
    shutil.copy(trained.path, kept / trained.path.name)
    note.write_text(json.dumps({"wall_s": trained.took.wall_s, "cpu_s": trained.took.cpu_s}), encoding="ascii")
    return trained


def _train_ours(inputs: Inputs, output: Path, threads: int) -> Trained:
    return _train(inputs, inputs.folder / "config.yml", output, threads)


def _train(inputs: Inputs, config: Path, output: Path, threads: int) -> Trained:
    print(f"Training {output.name} ...", flush=True)
    arguments = ["-m", "rasa", "train", "--force", "--domain", str(inputs.folder / "domain.yml"), "--data"]
    arguments += [
        str(inputs.folder / "data"),
        "--config",
        str(config),
        "--out",
        str(output),
        "--fixed-model-name",
        _MODEL,
    ]
    # A cache of its own, empty: everything is learned.
    env = environment(threads=threads, RASA_CACHE_DIRECTORY=str(output.with_name(f"{output.name}-cache")))
    took = run(arguments, log=_log(f"train-{output.name}"), timeout_s=_TRAINING_LIMIT_S, env=env)
    print(f"  {took.wall_s:.0f} s, {took.cpu_s:.0f} s of processor time", flush=True)
    return Trained(output / f"{_MODEL}.tar.gz", took)


def _endpoints(folder: Path, name: str, store: str, *, action_port: int | None) -> Path:
    """Write the endpoints of a system: the project's own, with a store of its own and, for stock Rasa, stock locks."""
    content = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    content.pop("action_endpoint", None)
    content.pop("tracker_store", None)
    if action_port is not None:
        content = {"action_endpoint": {"url": f"http://{ADDRESS}:{action_port}/webhook"}}
    if store == "sqlite":
        content["tracker_store"] = {"type": "SQL", "dialect": "sqlite", "db": str(folder / f"{name}-{store}.db")}
    path = folder / f"{name}-{store}.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def _action_server(port: int, threads: int) -> Server:
    return Server(
        ["-m", "rasa", "run", "actions", "--actions", "actions", "--port", str(port)],
        log=_log("serve-actions"),
        env=environment(threads=threads),
    )


def _measure_in_process(
    models: dict[str, Trained],
    again: Trained,
    messages: Sequence[Labelled],
    spoken: Sequence[str],
    folder: Path,
    options: argparse.Namespace,
) -> dict[str, InProcess]:
    """Take the times inside a process, in turns, and read all held-apart messages once."""
    port = free_port()
    stock = _endpoints(folder, "default-in-process", "sqlite", action_port=port)
    own = _endpoints(folder, "ours-in-process", "sqlite", action_port=None)
    found = {name: InProcess() for name in (DEFAULT, OURS, ENCODER)}
    agents = {
        DEFAULT: ("agent", str(models[DEFAULT].path), str(stock), "stock"),
        OURS: ("agent", str(models[OURS].path), str(own), "ours"),
        ENCODER: ("encoder",),
    }
    with ExitStack() as stack:
        stack.enter_context(_action_server(port, options.threads))
        workers = {}
        for name, arguments in agents.items():
            # One after the other: a start is not slowed down by another.
            workers[name] = worker = stack.enter_context(_worker(options, *arguments))
            found[name].load_s = worker.ask({"do": "load"}, timeout_s=_START_LIMIT_S)["seconds"]
            worker.ask({"do": "parse", "texts": spoken[:10]}, timeout_s=_ANSWER_LIMIT_S)
            worker.ask({"do": "handle", "texts": spoken[:10], "conversation": "warm-up"}, timeout_s=_ANSWER_LIMIT_S)
        for turn in range(options.rounds):
            for name, worker in workers.items():
                parsed = worker.ask({"do": "parse", "texts": spoken}, timeout_s=_ANSWER_LIMIT_S)
                handled = worker.ask(
                    {"do": "handle", "texts": spoken, "conversation": f"turn-{turn}"}, timeout_s=_ANSWER_LIMIT_S
                )
                found[name].parse_ms += parsed["ms"]
                found[name].handle_ms += handled["ms"]
            print(f"In process, turn {turn + 1} of {options.rounds}", flush=True)
        for name in (DEFAULT, OURS):
            found[name].readings = _read(workers[name], messages)
        for name, worker in workers.items():
            found[name].megabytes = worker.megabytes()
    with _worker(options, "agent", str(again.path), str(own), "ours") as second:
        found[_AGAIN] = InProcess(readings=_read(second, messages))
    return found


def _worker(options: argparse.Namespace, *arguments: str) -> Helper:
    return Helper(
        ["-m", "bench.worker", *arguments],
        threads=options.threads,
        log=_log("-".join(("worker", arguments[0], *arguments[3:]))),
    )


def _read(worker: Helper, messages: Sequence[Labelled]) -> list[Reading]:
    answer = worker.ask({"do": "parse", "texts": [message.text for message in messages]}, timeout_s=_ANSWER_LIMIT_S)
    return [Reading(tuple(row["ranking"]), row["confidence"], row["rejected"]) for row in answer["readings"]]


async def _measure_served(
    models: dict[str, Trained], spoken: Sequence[str], folder: Path, store: str, options: argparse.Namespace
) -> dict[str, Served]:
    """Serve both and the echo, and talk to them in turns."""
    found = {name: Served() for name in (ECHO, DEFAULT, OURS)}
    ports = {name: free_port() for name in found}
    systems = {
        ECHO: [Server(["-m", "bench.echo", str(ports[ECHO])], log=_log("serve-echo"), env=environment(threads=1))],
        DEFAULT: _stock(models[DEFAULT], folder, store, ports[DEFAULT], options.threads),
        OURS: _own(models[OURS], folder, store, ports[OURS], options.threads),
    }
    with ExitStack() as stack:
        # One after the other: a start is not slowed down by another.
        for name, servers in systems.items():
            for server in servers:
                stack.enter_context(server)
            check = functools.partial(_check, servers)
            found[name].load_s = await wait_for_answer(
                ports[name], _FIRST_MESSAGE, check=check, timeout_s=_START_LIMIT_S
            )
            await send(ports[name], spoken[:32], clients=4, conversation="warm-up")
        for turn in range(options.rounds):
            for name, one in found.items():
                for clients in CLIENTS:
                    sent = await send(ports[name], spoken, clients=clients, conversation=f"{turn}-{clients}")
                    one.traffic[clients] = one.traffic[clients] + sent if clients in one.traffic else sent
            print(f"Over HTTP, {STORES[store]}, turn {turn + 1} of {options.rounds}", flush=True)
        for name, servers in systems.items():
            found[name].megabytes = sum(server.megabytes() for server in servers)
    return found


def _check(servers: Sequence[Server]) -> None:
    for server in servers:
        server.check()


def _stock(model: Trained, folder: Path, store: str, port: int, threads: int) -> list[Server]:
    """Return Rasa's server and its action server, as its documentation starts them."""
    action_port = free_port()
    arguments = ["-m", "rasa", "run", "--model", str(model.path), "--interface", ADDRESS, "--port", str(port)]
    arguments += ["--credentials", str(_credentials(folder)), "--endpoints"]
    arguments += [str(_endpoints(folder, "default", store, action_port=action_port))]
    server = Server(arguments, log=_log("serve-default"), env=environment(threads=threads))
    return [server, _action_server(action_port, threads)]


def _own(model: Trained, folder: Path, store: str, port: int, threads: int) -> list[Server]:
    """Return our server, as `make serve` starts it."""
    env = environment(
        threads=threads,
        PORT=str(port),
        BACKSTRIDE_INTERFACE=ADDRESS,
        BACKSTRIDE_MODELS=str(model.path.parent),
        BACKSTRIDE_CREDENTIALS=str(_credentials(folder)),
        BACKSTRIDE_ENDPOINTS=str(_endpoints(folder, "ours", store, action_port=None)),
    )
    return [Server(["-m", "backstride.cli", "serve"], log=_log("serve-ours"), env=env)]


def _credentials(folder: Path) -> Path:
    path = folder / "credentials.yml"
    path.write_text("rest:\n", encoding="ascii")
    return path


def _log(name: str) -> Path:
    return report.CACHE / f"{name}.log"


def _report(run: _Run) -> str:
    served = run.served[run.options.stores[0]]
    return "\n".join(
        [
            "# Training and serving, beside Rasa's own defaults\n",
            f"{run.conditions} {run.watch.sentence()}\n",
            _setting(run),
            "![Both systems side by side](serving.svg)\n",
            "## Targets\n",
            _targets(run, served),
            "## Understanding\n",
            _understanding(run),
            "## Training and loading\n",
            _training(run),
            "## Inside one process\n",
            _inside(run),
            *(f"## Over HTTP, {STORES[store]}\n\n{_over_http(found)}" for store, found in run.served.items()),
            "## Two trainings\n",
            _two_trainings(run.in_process),
        ]
    )


def _setting(run: _Run) -> str:
    options = run.options
    epochs = (
        "its own number of epochs"
        if options.default_epochs is None
        else f"**only {options.default_epochs} epochs, no fair comparison**"
    )
    kept = " Its model was trained in an earlier run from the same inputs." if run.models[DEFAULT].is_cached else ""
    return (
        f"Both learn the same data and domain. Rasa's defaults are trained with {epochs} and served by `rasa run` and "
        f"`rasa run actions`; ours by `backstride serve`, which also looks for red flags in every message.{kept} "
        f"Threads of each numeric library: {options.threads}. {options.messages} held-apart messages a measurement, "
        f"{options.rounds} turns, a new conversation every {TURNS} messages. Milliseconds are p50 / p95.\n"
    )


def _targets(run: _Run, served: Mapping[str, Served]) -> str:
    default, ours = run.models[DEFAULT].took, _mean([run.models[OURS].took, run.again.took])
    p50 = {name: report.latency(one.traffic[CLIENTS[0]].milliseconds).p50 for name, one in served.items()}
    floor = p50[ECHO] + report.latency(run.in_process[ENCODER].parse_ms).p50
    rate = {name: one.traffic[CLIENTS[-1]].messages_a_second for name, one in served.items()}
    rows = [
        _target("training, by the clock", ours.wall_s / default.wall_s, 1 / 8, "of the defaults'"),
        _target("training, processor time", ours.cpu_s / default.cpu_s, 1 / 8, "of the defaults'"),
        _target("p50 over HTTP, one client", p50[OURS] / p50[DEFAULT], 1 / 3, "of the defaults'"),
        _target(
            f"p50 over HTTP, one client, beside the floor of {number(floor)} ms",
            p50[OURS] / floor,
            2,
            "times the floor",
        ),
        _target(
            "messages a second, sixteen clients", rate[OURS] / rate[DEFAULT], 3, "times the defaults'", at_least=True
        ),
    ]
    return (
        f"{report.table(['measure', 'ours', 'target', 'reached'], rows)}\n"
        "The floor is the encoder's bare forward pass of the message and one message to the bare Sanic echo. "
        f"Rows over HTTP: {STORES[run.options.stores[0]]}.\n"
    )


def _target(name: str, ratio: float, target: float, unit: str, *, at_least: bool = False) -> list[str]:
    is_reached = ratio >= target if at_least else ratio <= target
    bound = "at least" if at_least else "at most"
    return [name, f"{ratio:.2f} {unit}", f"{bound} {target:.2f}", "yes" if is_reached else "**no**"]


def _understanding(run: _Run) -> str:
    near, far = near_and_far(run.messages)
    truths = [message.intent for message in run.messages]
    rows = []
    for name in (DEFAULT, OURS):
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


def _training(run: _Run) -> str:
    encoder_mb = sum(file.stat().st_size for file in find_weights().glob("*.safetensors")) / 1e6
    rows = []
    for name, trained in ((DEFAULT, run.models[DEFAULT]), (OURS, run.models[OURS]), (_AGAIN, run.again)):
        loads = [number(found[name].load_s) if name in found else "" for found in run.served.values()]
        memory = [number(found[name].megabytes) if name in found else "" for found in run.served.values()]
        size = trained.path.stat().st_size / 1e6
        rows.append([name, number(trained.took.wall_s), number(trained.took.cpu_s), number(size), loads[0], memory[0]])
    head = ["", "training s", "processor s", "model MB", "start to first answer s", "memory MB, all processes"]
    return (
        f"{report.table(head, rows)}\n"
        f"Ours also reads the encoder's weights, {encoder_mb:.0f} MB that come with a package and are the same for "
        "every model. Memory: resident, after the messages; of two processes, what they share counts twice.\n"
    )


def _inside(run: _Run) -> str:
    rows = []
    for name in (DEFAULT, OURS):
        found = run.in_process[name]
        rows.append(
            [
                name,
                report.latency(found.parse_ms),
                report.latency(found.handle_ms),
                number(found.load_s),
                number(found.megabytes),
            ]
        )
    floor = run.in_process[ENCODER]
    rows.append([ENCODER, report.latency(floor.parse_ms), "", number(floor.load_s), number(floor.megabytes)])
    rows.append([f"{ENCODER}, message and clauses", report.latency(floor.handle_ms), "", "", ""])
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
    pairs = list(zip(in_process[OURS].readings, in_process[_AGAIN].readings, strict=True))
    same = sum(one.ranking == other.ranking for one, other in pairs)
    gap = max(abs(one.confidence - other.confidence) for one, other in pairs)
    verdict = "the same" if same == len(pairs) and gap == 0 else "**not the same**"
    return (
        f"Trained twice from scratch, ours reads the held-apart messages {verdict}: {same} of {len(pairs)} rankings "
        f"are equal, and confidences differ by {gap:.1e} at most.\n"
    )


def _mean(took: Sequence[Finished]) -> Finished:
    return Finished(sum(one.wall_s for one in took) / len(took), sum(one.cpu_s for one in took) / len(took))


def _draw(run: _Run) -> None:
    served = run.served[run.options.stores[0]]
    ours = _mean([run.models[OURS].took, run.again.took])
    p50 = {name: report.latency(one.traffic[CLIENTS[0]].milliseconds) for name, one in served.items()}
    truths = [message.intent for message in run.messages]
    short = {DEFAULT: "defaults", OURS: "ours", ECHO: "echo"}
    pictures.draw_bars(
        report.RESULTS / "serving.svg",
        {
            "accuracy, held apart": {
                short[name]: quality_of(run.in_process[name].readings, truths).accuracy for name in (DEFAULT, OURS)
            },
            "training, s": {"defaults": run.models[DEFAULT].took.wall_s, "ours": ours.wall_s},
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


if __name__ == "__main__":
    main()
