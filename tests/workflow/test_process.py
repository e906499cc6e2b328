"""The narration is complete, short enough, in two languages, sourced, and true to the core of the process."""

from __future__ import annotations

import pytest

from vbtui.catalogue import load_catalogue, profiles
from vbtui.catalogue.loading import load_references
from vbtui.vocabulary import Component, Phase, StepId
from vbtui.workflow.process import MOST_WORDS, PhaseText, StepText, process

BADGES = {
    StepId.TRIGGER: (),
    StepId.BACKUP_MANAGER: (1,),
    StepId.READ_JOB: (2,),
    StepId.SCHEDULE: (3,),
    StepId.TRANSPORT_SERVICES: (4,),
    StepId.RULES: (5,),
    StepId.DATA_MOVERS: (6,),
    StepId.METADATA: (7,),
    StepId.GUEST_WINDOWS: (8,),
    StepId.GUEST_WINDOWS_VIX: (8, 9),
    StepId.GUEST_LINUX: (),
    StepId.SNAPSHOT: (10,),
    StepId.RELEASE: (),
    StepId.DIRECT_STORAGE: (11, 12),
    StepId.HOTADD: (11, 12),
    StepId.NETWORK: (11, 12),
    StepId.COMMIT: (13,),
}
"""The numbers on the published diagrams."""

PARTS: tuple[PhaseText | StepText, ...] = (*process().phases, *process().steps)


def texts(part: PhaseText | StepText) -> list[dict[str, str]]:
    if isinstance(part, PhaseText):
        return [part.title, part.what]
    return [part.title, part.what, part.who, part.why]


def test_every_phase_and_step_is_told_in_order() -> None:
    told = process()
    assert tuple(text.phase for text in told.phases) == tuple(Phase)
    assert tuple(text.step for text in told.steps) == tuple(StepId)
    assert [text.step.phase for text in told.steps] == sorted(text.step.phase for text in told.steps)
    assert process() is told


@pytest.mark.parametrize("step", StepId)
def test_a_step_is_short_sourced_and_in_two_languages(step: StepId) -> None:
    text = process().step(step)
    references = load_references()
    assert text.citations
    assert all(citation.source.key in references.sources for citation in text.citations)
    assert any(citation.source.key == "SEED" for citation in text.citations)
    assert all(references.disagreements[record.id] is record for record in text.disagreements)
    for words in texts(text):
        assert set(words) == {"en", "de"}
        assert words["en"] != words["de"]
        assert not any(sign in sentence for sentence in words.values() for sign in "{}[]<>")
    for language in ("en", "de"):
        assert len(text.what[language].split()) <= MOST_WORDS
        assert len(text.who[language].split()) <= 30
        assert len(text.why[language].split()) <= 35
        assert len(text.title[language]) <= 40
        assert not text.title[language].endswith(".")
        assert all(text_.endswith(".") for text_ in (text.what[language], text.who[language], text.why[language]))


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_has_a_short_title_and_one_word_of_explanation(phase: Phase) -> None:
    text = process().phase(phase)
    assert text.citations
    for language in ("en", "de"):
        assert len(text.title[language]) <= 24
        assert text.what[language].endswith(".")


@pytest.mark.parametrize(("step", "badges"), BADGES.items())
def test_badges_are_those_of_the_diagrams(step: StepId, badges: tuple[int, ...]) -> None:
    assert process().step(step).badges == badges


@pytest.mark.parametrize(
    ("step", "language", "words"),
    [
        (StepId.READ_JOB, "en", "one task for each virtual disk"),
        (StepId.TRANSPORT_SERVICES, "en", "one for each task"),
        (StepId.METADATA, "en", "nobody connects to a guest"),
        (StepId.METADATA, "de", "niemand mit einem Gast"),
        (StepId.GUEST_WINDOWS, "en", "VIX is tried next"),
        (StepId.GUEST_WINDOWS_VIX, "en", "VMware Tools"),
        (StepId.GUEST_LINUX, "en", "since version 10"),
        (StepId.GUEST_LINUX, "en", "do not get elevated to root"),
        (StepId.GUEST_LINUX, "de", "keine erhöhten Rechte"),
        (StepId.DIRECT_STORAGE, "en", "by NFC over port 902"),
        (StepId.HOTADD, "en", "by NFC over port 902"),
        (StepId.HOTADD, "en", "virtual SCSI stack and detached again"),
        (StepId.NETWORK, "en", "by NFC over port 902"),
        (StepId.NETWORK, "en", "through the same channel"),
        (StepId.COMMIT, "en", "When the proxy has read everything, the backup server asks"),
    ],
)
def test_what_happens_says_what_the_process_description_says(step: StepId, language: str, words: str) -> None:
    assert words in process().step(step).what[language]


def test_who_takes_the_initiative() -> None:
    actors = {text.step: text.actor for text in process().steps}
    manager = {StepId.RULES, StepId.METADATA, StepId.SNAPSHOT, StepId.COMMIT, StepId.TRANSPORT_SERVICES}
    assert {actors[step] for step in manager} == {Component.BACKUP_MANAGER}
    assert {actors[step] for step in (StepId.DATA_MOVERS, StepId.HOTADD, StepId.NETWORK)} == {Component.DATA_MOVER}


GERMAN_OF_THE_TRANSLATION = [
    "festschreiben",
    "Transportmittel",
    "Gästeabwicklung",
    "Bildverarbeitung",
    "ruhende",
    "Sicherungsauftrag",
]
"""Words of a machine translation that no German administrator uses."""


@pytest.mark.parametrize("word", GERMAN_OF_THE_TRANSLATION)
def test_german_is_the_field_s_german(word: str) -> None:
    german = [words["de"] for part in PARTS for words in texts(part)]
    german += [record.text["de"] for record in load_references().disagreements.values()]
    assert [text for text in german if word.lower() in text.lower()] == []


def test_every_source_is_cited_by_a_row_a_disagreement_or_a_text() -> None:
    references = load_references()
    cited = {c.source.key for profile in profiles() for row in load_catalogue(profile).rows for c in row.citations}
    cited |= {source.key for record in references.disagreements.values() for source in record.sources}
    cited |= {citation.source.key for part in PARTS for citation in part.citations}
    assert cited == set(references.sources)
