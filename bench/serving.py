"""Train and serve Rasa's default configuration and ours on the same data in the same run, and compare them.

    python -m bench.serving

Rasa's defaults (bench/default_config) are served the stock way, by `rasa run` and `rasa run actions`; ours by
`backstride serve`. Both hear the same held-apart messages over the REST channel, in turns. Beside them stand a bare
Sanic echo, and Rasa's engine alone (bench/bare_config), with one keyword to know. Everything listens on 127.0.0.1 and
ends with the run.

Speed, memory and start do not depend on how long a network was trained: `--default-epochs 4` trains the defaults for
2 and for 4 epochs, and computes from the two what all of them would take.

A step that fails is named in the report, and the others are carried out. After each step the report so far lies in
.cache/bench/serving.md.
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
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from backstride.settings import ROOT, set_library_defaults
from bench import report, serving_report
from bench.examples import Labelled, held_apart
from bench.machine import Watch
from bench.processes import ADDRESS, BenchError, Finished, Helper, Server, environment, free_port, run
from bench.scores import Reading
from bench.serving_report import (
    AGAIN,
    BARE,
    CLIENTS,
    DEFAULT,
    ECHO,
    ENCODER,
    FEW_EPOCHS,
    OURS,
    STORES,
    InProcess,
    Run,
    Served,
    Trained,
)
from bench.traffic import send, wait_for_answer

_FIRST_MESSAGE = "my lower back hurts since my run"
# All that Rasa's engine alone knows (bench/bare_config).
_KEYWORD = "hello"
_TRAINING_LIMIT_S = 6 * 3600.0
_START_LIMIT_S = 1800.0
_ANSWER_LIMIT_S = 900.0
_MODEL = "model"


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


def main() -> None:
    """Run the comparison and write the report."""
    options = _options()
    set_library_defaults()
    report.CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="serving-", dir=report.CACHE) as name, Watch() as watch:
        whole = Run(options, report.conditions(), watch, held_apart())
        for what, step in _steps(whole, Path(name)):
            _attempt(what, step, whole)
    text = serving_report.text_of(whole)
    if not whole.problems:
        serving_report.draw(whole)
    print(text)
    print(f"Written to {report.write('serving.md', text)}")
    if whole.problems:
        raise SystemExit(1)


def _steps(whole: Run, folder: Path) -> list[tuple[str, Callable[[], None]]]:
    """Return the steps in their order, with their names; each puts what it found into the run."""
    options, inputs = whole.options, _copy_inputs(folder / "inputs")
    spoken = _spread([message.text for message in whole.messages], options.messages)

    def train_defaults() -> None:
        whole.trained[DEFAULT] = _train_default(inputs, folder, options, options.default_epochs)

    def train_defaults_for_less() -> None:
        whole.less_trained = _train_default(inputs, folder, options, FEW_EPOCHS)

    def train_ours() -> None:
        whole.trained[OURS] = _train_ours(inputs, folder / "ours", options.threads)

    def train_again() -> None:
        whole.trained[AGAIN] = _train_ours(inputs, folder / "ours-again", options.threads)

    def train_bare() -> None:
        bare = ROOT / "bench" / "bare_config"
        whole.trained[BARE] = _train(Inputs(bare), bare / "config.yml", folder / "bare", options.threads)

    def measure_inside() -> None:
        _measure_in_process(whole, spoken, folder)

    def serve(store: str) -> Callable[[], None]:
        return lambda: asyncio.run(_measure_served(whole, spoken, folder, store))

    return [
        ("training ours", train_ours),
        ("training ours again", train_again),
        *([("training the defaults for less", train_defaults_for_less)] if options.default_epochs else []),
        ("training the defaults", train_defaults),
        ("training Rasa's engine alone", train_bare),
        *((f"serving, {STORES[store]}", serve(store)) for store in options.stores),
        ("inside one process", measure_inside),
    ]


def _attempt(what: str, step: Callable[[], None], whole: Run) -> None:
    """Carry out a step; whatever goes wrong in it, what was measured before and what follows is not lost."""
    try:
        step()
    except Exception as error:
        traceback.print_exc()
        whole.problems.append(f"{what}: {type(error).__name__}: {error}")
    (report.CACHE / "serving.md").write_text(serving_report.text_of(whole), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--default-epochs",
        type=int,
        help=f"train Rasa's defaults for {FEW_EPOCHS} and for so many epochs, and compute what all would take",
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
    options = parser.parse_args()
    if options.default_epochs is not None and options.default_epochs <= FEW_EPOCHS:
        parser.error(f"--default-epochs is {options.default_epochs}; write a number above {FEW_EPOCHS}")
    return options


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


def _train_default(inputs: Inputs, folder: Path, options: argparse.Namespace, epochs: int | None) -> Trained:
    """Train Rasa's defaults, or take the model that an earlier run trained from the same inputs."""
    config = with_epochs((ROOT / "bench" / "default_config" / "config.yml").read_text(encoding="utf-8"), epochs)
    key = f"{inputs.digest}-{version('rasa')}-{options.threads}-{config}"
    kept = report.CACHE / f"default-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    note = kept / "took.json"
    if note.is_file() and not options.fresh:
        return _trained(
            kept / f"{_MODEL}.tar.gz", Finished(**json.loads(note.read_text(encoding="ascii"))), is_cached=True
        )
    name = f"default-{epochs or 'all'}"
    path = folder / f"{name}.yml"
    path.write_text(config, encoding="utf-8")
    trained = _train(inputs, path, folder / name, options.threads)
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
    # Caches of its own, empty: everything is encoded and learned.
    cache = str(output.with_name(f"{output.name}-cache"))
    env = environment(threads=threads, RASA_CACHE_DIRECTORY=cache, BACKSTRIDE_CACHE=cache)
    took = run(arguments, log=_log(f"train-{output.name}"), timeout_s=_TRAINING_LIMIT_S, env=env)
    print(f"  {took.wall_s:.0f} s, {took.cpu_s:.0f} s of processor time", flush=True)
    return _trained(output / f"{_MODEL}.tar.gz", took)


def _trained(path: Path, took: Finished, *, is_cached: bool = False) -> Trained:
    return Trained(path, took, is_cached, path.stat().st_size / 1e6)


def _endpoints(folder: Path, name: str, store: str) -> Path:
    """Write the endpoints of ours: the project's own, with a store of its own."""
    content = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    content.pop("action_endpoint", None)
    own_store = content.pop("tracker_store")
    return _with_store(content, own_store["type"], folder, name, store)


def _stock_endpoints(folder: Path, name: str, store: str, action_port: int | None = None) -> Path:
    """Write the endpoints of stock Rasa: its own stores and locks, and where actions run if any do."""
    content = {} if action_port is None else {"action_endpoint": {"url": f"http://{ADDRESS}:{action_port}/webhook"}}
    return _with_store(content, "SQL", folder, name, store)


def _with_store(content: dict[str, Any], kind: str, folder: Path, name: str, store: str) -> Path:
    if store == "sqlite":
        content["tracker_store"] = {"type": kind, "dialect": "sqlite", "db": str(folder / f"{name}-{store}.db")}
    path = folder / f"{name}-{store}.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def _action_server(port: int, threads: int) -> Server:
    return Server(
        ["-m", "rasa", "run", "actions", "--actions", "actions", "--port", str(port)],
        log=_log("serve-actions"),
        env=environment(threads=threads),
    )


def _measure_in_process(whole: Run, spoken: Sequence[str], folder: Path) -> None:
    """Take the times inside a process, in turns, and read all held-apart messages once."""
    options, models, found = whole.options, whole.trained, whole.in_process
    port = free_port()
    stock = _stock_endpoints(folder, "default-in-process", "sqlite", port)
    own = _endpoints(folder, "ours-in-process", "sqlite")
    agents: dict[str, tuple[str, ...]] = {ENCODER: ("encoder",)}
    if OURS in models:
        agents[OURS] = ("agent", str(models[OURS].path), str(own), "ours")
    if DEFAULT in models:
        agents[DEFAULT] = ("agent", str(models[DEFAULT].path), str(stock), "stock")
    with ExitStack() as stack:
        stack.enter_context(_action_server(port, options.threads))
        workers = {}
        for name, arguments in agents.items():
            # One after the other: a start is not slowed down by another.
            workers[name] = worker = stack.enter_context(_worker(options, *arguments))
            found[name] = InProcess(load_s=worker.ask({"do": "load"}, timeout_s=_START_LIMIT_S)["seconds"])
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
                found[name].acted = handled.get("acted", [])
            print(f"In process, turn {turn + 1} of {options.rounds}", flush=True)
        for name in agents.keys() - {ENCODER}:
            found[name].readings = _read(workers[name], whole.messages)
        for name, worker in workers.items():
            found[name].megabytes = worker.megabytes()
    if AGAIN in models:
        with _worker(options, "agent", str(models[AGAIN].path), str(own), "ours") as second:
            found[AGAIN] = InProcess(readings=_read(second, whole.messages))


def _worker(options: argparse.Namespace, *arguments: str) -> Helper:
    return Helper(
        ["-m", "bench.worker", *arguments],
        # Ours serves with one thread, whatever there are: see backstride.settings.
        threads=options.threads if arguments[-1] == "stock" else 1,
        log=_log("-".join(("worker", arguments[0], *arguments[3:]))),
    )


def _read(worker: Helper, messages: Sequence[Labelled]) -> list[Reading]:
    answer = worker.ask({"do": "parse", "texts": [message.text for message in messages]}, timeout_s=_ANSWER_LIMIT_S)
    return [Reading(tuple(row["ranking"]), row["confidence"], row["rejected"]) for row in answer["readings"]]


async def _measure_served(whole: Run, spoken: Sequence[str], folder: Path, store: str) -> None:
    """Serve both, the echo and Rasa's engine alone, and talk to them in turns."""
    options, models = whole.options, whole.trained
    found = whole.served.setdefault(store, {})
    ports = {name: free_port() for name in (ECHO, BARE, OURS, DEFAULT)}
    texts = {name: [_KEYWORD] * len(spoken) if name == BARE else spoken for name in ports}
    systems = {
        ECHO: [Server(["-m", "bench.echo", str(ports[ECHO])], log=_log("serve-echo"), env=environment(threads=1))]
    }
    if BARE in models:
        endpoints = _stock_endpoints(folder, "bare", store)
        systems[BARE] = [_stock_server("bare", models[BARE], folder, endpoints, ports[BARE], options.threads)]
    if OURS in models:
        systems[OURS] = _own(models[OURS], folder, store, ports[OURS])
    if DEFAULT in models:
        systems[DEFAULT] = _stock(models[DEFAULT], folder, store, ports[DEFAULT], options.threads)
    with ExitStack() as stack:
        # One after the other: a start is not slowed down by another.
        for name, servers in systems.items():
            for server in servers:
                stack.enter_context(server)
            check = functools.partial(_check, servers)
            try:
                first = await wait_for_answer(
                    ports[name], _KEYWORD if name == BARE else _FIRST_MESSAGE, check=check, timeout_s=_START_LIMIT_S
                )
            except BenchError as error:
                # The others are measured all the same.
                whole.problems.append(f"starting {name}, {STORES[store]}: {error}")
                continue
            found[name] = Served(load_s=first)
            await send(ports[name], texts[name][:32], clients=4, conversation="warm-up")
        for turn in range(options.rounds):
            for name, one in found.items():
                traffic = one.traffic
                for clients in CLIENTS:
                    sent = await send(ports[name], texts[name], clients=clients, conversation=f"{turn}-{clients}")
                    traffic[clients] = traffic[clients] + sent if clients in traffic else sent
            print(f"Over HTTP, {STORES[store]}, turn {turn + 1} of {options.rounds}", flush=True)
        for name, one in found.items():
            one.megabytes = sum(server.megabytes() for server in systems[name])


def _check(servers: Sequence[Server]) -> None:
    for server in servers:
        server.check()


def _stock(model: Trained, folder: Path, store: str, port: int, threads: int) -> list[Server]:
    """Return Rasa's server and its action server, as its documentation starts them."""
    action_port = free_port()
    endpoints = _stock_endpoints(folder, "default", store, action_port)
    return [
        _stock_server("default", model, folder, endpoints, port, threads),
        _action_server(action_port, threads),
    ]


def _stock_server(name: str, model: Trained, folder: Path, endpoints: Path, port: int, threads: int) -> Server:
    arguments = ["-m", "rasa", "run", "--model", str(model.path), "--interface", ADDRESS, "--port", str(port)]
    arguments += ["--credentials", str(_credentials(folder)), "--endpoints", str(endpoints)]
    return Server(arguments, log=_log(f"serve-{name}"), env=environment(threads=threads))


def _own(model: Trained, folder: Path, store: str, port: int) -> list[Server]:
    """Return our server, as `make serve` starts it: it sets its own number of threads."""
    env = environment(
        threads=1,
        PORT=str(port),
        BACKSTRIDE_INTERFACE=ADDRESS,
        BACKSTRIDE_MODELS=str(model.path.parent),
        BACKSTRIDE_CREDENTIALS=str(_credentials(folder)),
        BACKSTRIDE_ENDPOINTS=str(_endpoints(folder, "ours", store)),
    )
    return [Server(["-m", "backstride.cli", "serve"], log=_log("serve-ours"), env=env)]


def _credentials(folder: Path) -> Path:
    path = folder / "credentials.yml"
    path.write_text("rest:\n", encoding="ascii")
    return path


def _log(name: str) -> Path:
    return report.CACHE / f"{name}.log"


if __name__ == "__main__":
    main()
