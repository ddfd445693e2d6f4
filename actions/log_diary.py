"""Writes into the pain diary, mends it, and says when a score is a reason to be seen."""

from __future__ import annotations

from dataclasses import replace

from actions.base import RecordsAction, Reply, Turn, diary_desk, diary_messages, red_flags, safety_messages
from backstride import safety
from backstride.diary import Concern
from backstride.diary_desk import Written, today_in
from backstride.diary_talk import Asking, DiaryState
from backstride.guided import put_down
from backstride.records import shared_records
from backstride.vocabulary import ActionName, Led, Slot


class LogDiary(RecordsAction):
    """Answers `log_diary`, and what is written while the diary has a question open."""

    action_name = ActionName.LOG_DIARY

    def reply(self, turn: Turn) -> Reply:
        """Return what was written down; after a high or rising score what people with one are advised."""
        state = DiaryState.from_json(turn.guided.state(Led.DIARY))
        text = "" if state.choice else turn.text
        written = diary_desk().write(shared_records(), turn.conversation, text, state, today_in(turn.zone))
        is_open = written.state.asking is not Asking.NOTHING
        guided = put_down(turn.guided, Led.DIARY, written.state.as_json(), is_open=is_open)
        reply = Reply(answer=written.answer, slots={Slot.GUIDED: guided.as_json()})
        if turn.safety.move is safety.Move.REFER:
            # The referral of this very message stands above it: one line that it is written down, and nothing to tap.
            return replace(reply, answer=replace(written.answer, buttons=()))
        return _with_concern(turn, reply, written)


def _with_concern(turn: Turn, reply: Reply, written: Written) -> Reply:
    said = diary_messages().concern(written.concern)
    if said is None or written.entry is None:
        return reply
    if written.concern is Concern.RISING:
        return replace(reply, after=(said,))
    evidence = diary_messages().entry(written.entry)
    after = safety.ask_anew(turn.safety, "severe_or_worsening", evidence, red_flags())
    if after is None:
        return replace(reply, after=(diary_messages().severe_again(),))
    question = safety_messages().messages(after)
    return replace(reply, after=(said, *question), slots={**reply.slots, Slot.SAFETY: after.as_json()})
