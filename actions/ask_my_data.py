"""Says in plain words what is kept about the person."""

from __future__ import annotations

from actions.base import RecordsAction, Reply, Turn, privacy_messages, red_flags
from backstride.diary_desk import today_in
from backstride.kept_data import kept_of
from backstride.records import RecordsError, shared_records
from backstride.referral import titles
from backstride.settings import read_settings
from backstride.triage import triage
from backstride.vocabulary import ActionName


class AskMyData(RecordsAction):
    """Answers `ask_my_data`."""

    action_name = ActionName.ASK_MY_DATA

    def reply(self, turn: Turn) -> Reply:
        """Return what is kept, and how long."""
        flags = triage(turn.safety.signs, red_flags()).flags
        signs = tuple(titles((flag,), red_flags()) for flag in flags)
        try:
            kept = kept_of(
                turn.conversation,
                shared_records(),
                slots=turn.slots,
                signs=signs,
                zone=turn.zone,
                retention_days=read_settings().retention_days,
            )
        except RecordsError:
            return Reply(answer=privacy_messages().said("data_not_read"))
        return Reply(answer=privacy_messages().known(kept, today_in(turn.zone)))
