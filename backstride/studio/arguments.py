"""What `backstride review` and `backstride correct` take; apart from what they do, which takes longer to import."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_arguments(commands: Commands) -> None:
    """Add both commands to the command line."""
    review = commands.add_parser("review", help="list conversations, or show one")
    review.add_argument("conversation", nargs="?", help="a conversation's label, or its beginning")
    review.add_argument("--only", action="append", default=[], metavar="FILTER", help="not-understood, flag-present …")
    review.add_argument("--words", default="", help="words that occur in the conversation")
    review.add_argument("--page", type=int, default=1)
    review.add_argument("--done", action="store_true", help="mark the conversation as reviewed")
    correct = commands.add_parser("correct", help="correct a message, or write the waiting corrections into the data")
    correct.add_argument("conversation", nargs="?", help="a conversation's label, or its beginning")
    correct.add_argument("number", nargs="?", type=int, help="the message's number in `backstride review`")
    correct.add_argument("--text", help="the wording that goes into the data")
    correct.add_argument("--intent", default="", help="the right intent")
    correct.add_argument("--action", default="", help="what the assistant should have done")
    correct.add_argument("--missed", action="append", default=[], metavar="FLAG", help="a warning sign that was missed")
    correct.add_argument("--wrong", action="append", default=[], metavar="FLAG", help="a sign that was heard wrongly")
    correct.add_argument("--undo", action="store_true", help="take the last correction of the message back")
    correct.add_argument("--write", action="store_true", help="write what waits into the data")
