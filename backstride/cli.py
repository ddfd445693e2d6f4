"""The command line: `backstride check | train | serve | studio | …`; `backstride --help` lists all commands."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence

from backstride.errors import BackstrideError
from backstride.later import import_later
from backstride.settings import SERVING_DEFAULTS, quiet_imports, read_settings, set_library_defaults
from backstride.studio.arguments import add_arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 where it found something wrong."""
    parser = argparse.ArgumentParser(prog="backstride", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="check the knowledge files")
    train = commands.add_parser("train", help="train a model where the newest one is older than its inputs")
    train.add_argument("--force", action="store_true", help="train even where nothing changed")
    train.add_argument(
        "--keep-chosen", action="store_true", help="let a model serve on that a person promoted or rolled back to"
    )
    train.add_argument(
        "--candidate", action="store_true", help="train a candidate and compare it; the serving model stays"
    )
    compare = commands.add_parser("compare", help="compare a candidate with the serving model")
    compare.add_argument("model", nargs="?", help="a kept model; the newest candidate without it")
    compare.add_argument("--report", metavar="FILE", help="write the report into a .html or .md file")
    compare.add_argument("--words", action="store_true", help="with the masked words of real messages in the file")
    for name in ("accept", "refuse"):
        compare.add_argument(
            f"--{name}", nargs="+", default=[], metavar="MESSAGE", help=f"{name} changed readings, or 'all'"
        )
    promote = commands.add_parser("promote", help="let a compared candidate serve")
    promote.add_argument("model", nargs="?", help="a kept model; the newest candidate without it")
    promote.add_argument("--why", required=True, help="written down beside the decision")
    rollback = commands.add_parser("rollback", help="let the model before the serving one serve again")
    rollback.add_argument("--to", metavar="MODEL", help="an older model")
    rollback.add_argument("--why", required=True, help="written down beside the decision")
    commands.add_parser("models", help="list the models that are kept")
    commands.add_parser("pictures", help="draw the exercise pictures for messaging apps where drawings have changed")
    serve = commands.add_parser("serve", help="serve the assistant, its actions and its page in one process")
    serve.add_argument(
        "--enable-api", action="store_true", help="open Rasa's HTTP API as well (it asks for no password)"
    )
    purge = commands.add_parser("purge", help="erase everybody who has not written for so many days")
    purge.add_argument("--days", type=int, help="instead of BACKSTRIDE_RETENTION_DAYS")
    purge.add_argument("--dry-run", action="store_true", help="only count them")
    commands.add_parser("studio", help="open the trainers' studio: a page in the browser")
    add_arguments(commands)
    connect = commands.add_parser("connect", help="check a messaging platform's secrets and set its webhook")
    connect.add_argument("platform", choices=["telegram", "slack", "messenger", "sms", "whatsapp"])
    commands.add_parser("doctor", help="look at everything that is switched on: model, stores, channels, webhooks")
    options = parser.parse_args(arguments)
    run: dict[str, Callable[[argparse.Namespace], int]] = {
        "check": _check,
        "train": _train,
        "pictures": _pictures,
        "serve": _serve,
        "compare": _on_models("compare"),
        "promote": _on_models("promote_model"),
        "rollback": _on_models("roll_back_model"),
        "models": _on_models("list_models"),
        "purge": _purge,
        "studio": _studio,
        "review": _in_studio,
        "correct": _in_studio,
        "connect": _connect,
        "doctor": _doctor,
    }
    try:
        return run[options.command](options)
    except BackstrideError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the command line's own output
        return 1


def _check(_: argparse.Namespace) -> int:
    from backstride.knowledge_files import check_all

    counts = check_all()
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + ": no problems")  # noqa: T201
    return 0


def _on_models(name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        from backstride.studio import model_commands

        command: Callable[[argparse.Namespace], int] = getattr(model_commands, name)
        return command(options)

    return run


def _train(options: argparse.Namespace) -> int:
    if options.candidate:
        return _on_models("train")(options)
    set_library_defaults()
    from backstride.training import is_chosen, is_fresh, train_model

    models = read_settings().models
    if is_fresh(models) and not options.force:
        print("The model is newer than everything that it is trained from.")  # noqa: T201
        return 0
    if options.keep_chosen and is_chosen(models) and not options.force:
        print(  # noqa: T201
            "The data have changed since somebody chose the serving model, which stays.\n"
            "Compare a new one: backstride train --candidate. Replace it unasked: backstride train --force."
        )
        return 0
    # Only a training waits for what the check imports; a server that starts checks for itself.
    from backstride.knowledge_files import check_all

    check_all()
    print("Training a model. This takes a few minutes ...", flush=True)  # noqa: T201
    print(f"Trained {train_model(models)}")  # noqa: T201
    return 0


def _pictures(_: argparse.Namespace) -> int:
    from backstride.channels.messaging.pictures import DRAWN, draw_missing
    from backstride.channels.site import PICTURES

    count = draw_missing(PICTURES, DRAWN)
    print(f"Pictures drawn: {count}." if count else "All pictures are drawn.")  # noqa: T201
    return 0


def _serve(options: argparse.Namespace) -> int:
    # Before anything imports numpy.
    set_library_defaults(SERVING_DEFAULTS)
    from backstride.knowledge_files import check_all

    settings = read_settings()
    check_all()
    import_later()
    print("Starting ...", flush=True)  # noqa: T201
    with quiet_imports():
        from backstride.server import serve

    def tell() -> None:
        print(f"\nChat at http://{settings.interface}:{settings.port}/ (Ctrl-C stops)\n", flush=True)  # noqa: T201

    serve(settings, enable_api=options.enable_api, on_ready=tell)
    return 0


def _purge(options: argparse.Namespace) -> int:
    settings = read_settings()
    days = settings.retention_days if options.days is None else options.days
    if days < 1:
        print("Nothing is erased: the number of days is 0.")  # noqa: T201
        return 0
    set_library_defaults()
    from backstride.retention import purge

    count = purge(settings.endpoints, days, dry_run=options.dry_run)
    done = "would be erased" if options.dry_run else "erased"
    print(f"{count} conversations {done}: nobody has written in them for {days} days.")  # noqa: T201
    return 0


def _in_studio(options: argparse.Namespace) -> int:
    set_library_defaults()
    from backstride.studio import commands

    for line in getattr(commands, options.command)(options):
        print(line)  # noqa: T201
    return 0


def _studio(_: argparse.Namespace) -> int:
    set_library_defaults()
    from backstride.studio.application import serve
    from backstride.studio.settings import read_studio_settings

    def tell(address: str) -> None:
        print(f"\nThe studio is at {address} (Ctrl-C stops)\n", flush=True)  # noqa: T201

    serve(read_studio_settings(), on_ready=tell)
    return 0


def _connect(options: argparse.Namespace) -> int:
    from backstride.connect.connecting import connect

    report = connect(options.platform, read_settings())
    print(report)  # noqa: T201
    return 0 if report.is_fine else 1


def _doctor(_: argparse.Namespace) -> int:
    set_library_defaults()
    # The libraries' deprecations of one another would stand between the findings.
    with quiet_imports():
        from backstride.connect.doctor import examine_all, summary
    warnings.simplefilter("ignore")
    reports = examine_all(read_settings())
    print(*reports, summary(reports), sep="\n\n")  # noqa: T201
    return 0 if all(report.is_fine for report in reports) else 1


if __name__ == "__main__":
    raise SystemExit(main())
