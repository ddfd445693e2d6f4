"""What waiting corrections would change in the files: a plan to look at, then to write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backstride.studio.checks import Finding, Weight, check_example, check_text, normal
from backstride.studio.writing import FileChange, hash_of, read_text
from backstride.studio.yaml_lines import LayoutError, add_examples, add_intent, add_to_list, append_block
from backstride.vocabulary import Intent

if TYPE_CHECKING:
    from backstride.studio.corrections import Correction, Step
    from backstride.studio.masking import Masking
    from backstride.studio.nearest import Meaning, Neighbour
    from backstride.studio.project_files import Project

PHRASES = "knowledge/red_flag_phrases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One correction in a plan.

    Args:
        step: the correction.
        places: in words, what it adds where.
        findings: what is to be known of it; a refusal keeps it out of the plan.
        files: the files that it changes.
    """

    step: Step
    places: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether it is not written as it stands."""
        return any(finding.weight is Weight.REFUSE for finding in self.findings)

    @property
    def is_warned(self) -> bool:
        """Whether the trainer is asked to think again."""
        return any(finding.weight is Weight.WARN for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes of the files, and the corrections that they come from."""

    planned: tuple[Planned, ...]
    changes: tuple[FileChange, ...]

    @property
    def fingerprint(self) -> str:
        """What the plan is recognised by: whoever says "write" has seen exactly this."""
        told = "".join(f"{c.path}\0{hash_of(c.before)}\0{hash_of(c.after)}\n" for c in self.changes)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(slots=True)
class _Files:
    """The files' texts while a plan is made: each change builds on those before it."""

    project: Project
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str:
        if path not in self.after:
            self.before[path] = self.after[path] = read_text(self.project.root / path)
        return self.after[path]

    def changes(self) -> tuple[FileChange, ...]:
        return tuple(
            FileChange(path=path, before=self.before[path], after=self.after[path])
            for path in sorted(self.after)
            if self.after[path] != self.before[path]
        )


def plan_changes(steps: Sequence[Step], project: Project, meaning: Meaning, masking: Masking) -> Plan:
    """Return what the corrections would change; a refused one changes nothing.

    Args:
        steps: the corrections, oldest first.
        project: the files.
        meaning: finds what is nearest in meaning.
        masking: finds what is personal.
    """
    files = _Files(project)
    planned: list[Planned] = []
    texts = [step.correction.text for step in steps]
    taken: dict[str, str] = {}
    near, near_test = meaning.examples.to(texts), meaning.held_apart.to(texts, 1)
    for step, neighbours, held_apart in zip(steps, near, near_test, strict=True):
        findings = (
            *_repeated(step.correction, taken),
            *findings_of(step.correction, project, neighbours, held_apart, masking),
        )
        kept = dict(files.after)
        try:
            if any(finding.weight is Weight.REFUSE for finding in findings):
                planned.append(Planned(step=step, places=tuple(_places(step.correction, project)), findings=findings))
                continue
            _apply(step.correction, files, neighbours)
        except LayoutError as error:
            files.after = kept
            findings = (*findings, Finding(weight=Weight.REFUSE, text=str(error)))
        changed = tuple(path for path, text in files.after.items() if kept.get(path, files.before.get(path)) != text)
        planned.append(
            Planned(step=step, places=tuple(_places(step.correction, project)), findings=findings, files=changed)
        )
        if step.correction.intent:
            taken[normal(step.correction.text)] = step.correction.intent
    return Plan(planned=tuple(planned), changes=files.changes())


def written_example(correction: Correction) -> str:
    """Return the wording as Rasa reads an example, with its entities annotated."""
    text = " ".join(correction.text.split()).replace("[", "(").replace("]", ")")
    if text.startswith("- "):
        text = text[2:]
    for mark in correction.marks if correction.entities_are_corrected else ():
        at = text.find(mark.words) if mark.words else -1
        # Words that stand inside an annotation already are taken.
        if at < 0 or text[:at].count("[") != text[:at].count("]"):
            continue
        details = [f'"entity": "{mark.entity}"']
        details += [f'"role": "{mark.role}"'] if mark.role else []
        details += [f'"value": "{mark.value}"'] if mark.value else []
        annotated = f"[{mark.words}]({mark.entity})" if len(details) == 1 else f"[{mark.words}]{{{', '.join(details)}}}"
        text = text[:at] + annotated + text[at + len(mark.words) :]
    return text


def findings_of(
    correction: Correction,
    project: Project,
    near: Sequence[Neighbour],
    near_test: Sequence[Neighbour],
    masking: Masking,
) -> Iterable[Finding]:
    """Yield what is to be known of a correction before it is written."""
    if not correction.changes_data:
        return
    if not correction.intent:
        yield from check_text(correction.text, masking)
        return
    if correction.intent not in project.intents:
        yield from _about_new_intent(correction, project)
    yield from check_example(
        correction.text,
        correction.intent,
        examples=project.examples,
        test_set=project.test_set,
        near=near,
        near_test=near_test,
        masking=masking,
    )


def _repeated(correction: Correction, taken: dict[str, str]) -> Iterable[Finding]:
    """Yield whether a correction before this one adds the same text."""
    before = taken.get(normal(correction.text)) if correction.intent else None
    if before == correction.intent and before is not None:
        yield Finding(weight=Weight.REFUSE, text="The same text is among these changes already.")
    elif before is not None:
        yield Finding(weight=Weight.REFUSE, text=f"The same text would go to {before} as well.")


def _about_new_intent(correction: Correction, project: Project) -> Iterable[Finding]:
    if correction.topic not in project.topics:
        yield Finding(weight=Weight.REFUSE, text="Choose the topic that the new intent belongs to.")
    if correction.answer not in project.actions:
        yield Finding(weight=Weight.REFUSE, text="Choose what the assistant does when somebody says this.")


def _places(correction: Correction, project: Project) -> Iterable[str]:
    if correction.intent:
        path = project.file_of_intent(correction.intent)
        yield f"an example of {correction.intent} in {path or f'data/{correction.topic}/nlu.yml (a new intent)'}"
    for flag in correction.missed_flags:
        yield f"a phrase for {flag} in {PHRASES}/{flag}.yml"
    if correction.wrong_flags:
        yield f"a phrase without warning signs in {PHRASES}/clean.yml"
    if correction.action:
        yield f"{correction.action} should have come: keep the conversation as a story or a scenario"


def _apply(correction: Correction, files: _Files, near: Sequence[Neighbour]) -> None:
    project = files.project
    if correction.intent:
        example = written_example(correction)
        path = project.file_of_intent(correction.intent)
        if path is not None:
            # Beside its nearest relative: an intent may have several blocks, each with a comment above it.
            beside = next((n.example for n in near if n.example.intent == correction.intent), None)
            where = beside.written if beside is not None and beside.path == path else None
            files.after[path] = add_examples(files.text(path), correction.intent, [example], near=where)
        else:
            _apply_new_intent(correction, files, example)
    plain = " ".join(correction.text.split())
    for flag in correction.missed_flags:
        path = f"{PHRASES}/{flag}.yml"
        files.after[path] = add_to_list(files.text(path), "present", [plain])
    if correction.wrong_flags:
        path = f"{PHRASES}/clean.yml"
        files.after[path] = add_to_list(files.text(path), "clean", [plain])


def _apply_new_intent(correction: Correction, files: _Files, example: str) -> None:
    """Add an intent with its rule; or a further example, where it was added by a correction before this one."""
    path = f"data/{correction.topic}/nlu.yml"
    text = files.text(path)
    if f"- intent: {correction.intent}\n" in text.replace("\r\n", "\n"):
        files.after[path] = add_examples(text, correction.intent, [example])
        return
    files.after[path] = add_intent(text, correction.intent, [example])
    files.after["domain.yml"] = add_to_list(files.text("domain.yml"), "intents", [correction.intent])
    if correction.intent == Intent.OUT_OF_SCOPE:
        return
    rules = f"data/{correction.topic}/rules.yml"
    block = [
        f"  - rule: {correction.intent.replace('_', ' ')}",
        "    steps:",
        f"      - intent: {correction.intent}",
        f"      - action: {correction.answer}",
    ]
    files.after[rules] = append_block(files.text(rules) or 'version: "3.1"\nrules:\n', "rules", block)
