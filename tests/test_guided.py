"""Which led conversation gets a message, and what a question about a warning sign leaves of it."""

from __future__ import annotations

from backstride.guided import Guided, Heard, Kept, hear, note, opening_later


class Machine:
    """A conversation that begins with its name, takes numbers as answers, and stops at "stop"."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.action = f"action_{name}"

    def starts(self, heard: Heard, kept: Kept | None) -> bool:
        return heard.text == self.name

    def start(self, heard: Heard, kept: Kept | None) -> Kept:
        return {"open": True, "said": ""}

    def hear(self, kept: Kept, heard: Heard) -> Kept | None:
        if heard.text == "stop":
            return {**kept, "open": False, "stopped": True}
        return {**kept, "said": heard.text} if heard.text.isdigit() else None

    def again(self, kept: Kept) -> Kept:
        return kept

    def is_open(self, kept: Kept) -> bool:
        return bool(kept["open"])

    def is_silent(self, kept: Kept) -> bool:
        return False

    def is_stopped(self, kept: Kept) -> bool:
        return bool(kept.get("stopped"))

    def stopped(self, kept: Kept) -> Kept:
        return {**kept, "open": False, "put_off": True}

    def notes(self, before: Kept | None, after: Kept) -> bool:
        return after["open"]


MACHINES = (Machine("walk"), Machine("run"))


def both_open() -> Guided:
    guided = hear(Guided(), Heard(text="walk"), MACHINES).guided
    return hear(guided, Heard(text="run"), MACHINES).guided


def test_another_one_begins_within_an_open_one() -> None:
    assert both_open().open == ("walk", "run")


def test_stop_puts_all_of_them_off() -> None:
    after = hear(both_open(), Heard(text="stop"), MACHINES).guided
    assert (after.open, after.states["walk"].get("put_off")) == ((), True)


def test_what_was_read_last_is_asked_first() -> None:
    class Same(Machine):
        def starts(self, heard: Heard, kept: Kept | None) -> bool:
            return True

    machines = (Same("walk"), Same("run"))
    assert hear(Guided(), Heard(text="x", spoke="action_run"), machines).action == "action_run"


def test_an_answer_is_noted_where_a_sign_is_asked_about() -> None:
    step = note(both_open(), Heard(text="5"), MACHINES, may_start=False)
    assert step.guided.states["run"]["said"] == "5"


def test_what_a_message_begins_is_noted_only_where_it_may() -> None:
    assert note(Guided(), Heard(text="run"), MACHINES, may_start=False).guided == Guided()
    assert note(Guided(), Heard(text="run"), MACHINES, may_start=True).guided.open == ("run",)


def test_nothing_is_noted_of_a_message_that_a_machine_would_not_have_noted() -> None:
    assert note(both_open(), Heard(text="stop"), MACHINES, may_start=True).guided == both_open()


def test_what_begins_behind_a_question_says_its_opening_later() -> None:
    begun = note(Guided(), Heard(text="run"), MACHINES, may_start=True).guided
    assert opening_later(Guided(), begun).states["run"]["opening"] == "later"
    assert "opening" not in opening_later(begun, begun).states["run"]
