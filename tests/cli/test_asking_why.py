"""`play --predict` and `--explain` without a screen: questions with numbers, and everything about one thing as text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from vbtui.topology import shipped

Call = Callable[..., Any]


def play(*arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "vbtui", "play", *arguments],
        input=answers,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=120,
        check=False,
    )


def test_what_is_left_keeps_its_numbers_when_the_answers_end() -> None:
    told = play("classroom", "--plain", "--predict", answers="1\n" * 4).stdout.splitlines()
    asked = [line for line in told if line.startswith("Question ")]
    count = int(asked[0].split()[3].rstrip(":"))
    # The fifth is asked, nobody answers, and so it is the first of those that stand at the end.
    numbers = [1, 2, 3, 4, 5, *range(5, count + 1)]
    assert [line.split(":")[0] for line in asked] == [f"Question {number} of {count}" for number in numbers]


@pytest.mark.parametrize(("typed", "shown"), [("9", "9"), ("abc", "abc"), ("-1", "-1"), ("\x1b[2J", "\\x1b[2J")])
def test_what_is_no_answer_is_told_with_what_would_be_one(typed: str, shown: str) -> None:
    lines = play("classroom", "--plain", "--predict", answers=f"{typed}\n1\n").stderr.splitlines()
    prompt = lines[0]
    assert prompt.startswith("Your answer, 1 to ")
    most = prompt.removeprefix("Your answer, 1 to ").split(",")[0]
    told = f"'{shown}' is no answer here: a number from 1 to {most} is one, and 0 passes the question over."
    # The third question is asked, and nobody answers.
    assert [lines[1], lines[2]] == [told, prompt]
    assert all(line.count("Your answer") == 1 for line in lines if line not in (told, ""))


def test_a_question_stands_before_its_event_and_the_answer_is_explained() -> None:
    told = play("classroom", "--plain", "--predict", answers="2\n1\n")
    lines = told.stdout.splitlines()
    asked = next(place for place, line in enumerate(lines) if line.startswith("Question 1 of 12:"))
    assert lines[asked + 1 : asked + 4] == [
        "  1: 4, one for each VM",
        "  2: 5, one for each virtual disk",
        "  3: 1, the job is the task",
    ]
    assert lines[asked + 4] == "Predicted: 5, one for each virtual disk"
    assert lines[asked + 5].startswith("  A task is one virtual disk. ")
    event = next(place for place, line in enumerate(lines) if line.startswith("4, 0.700 s"))
    assert event > asked
    second = next(place for place, line in enumerate(lines) if line.startswith("Question 2 of 12:"))
    assert any(line.startswith("It goes otherwise: px-vm") for line in lines[second:])


def test_every_event_is_told_once_whatever_is_answered() -> None:
    walked = play("classroom", "--plain").stdout.splitlines()
    asked = play("classroom", "--plain", "--predict", answers="1\n" * 20).stdout.splitlines()
    assert [line for line in asked if line in set(walked) and line] == [line for line in walked if line]
    assert "Asked: 12 of 12." in "\n".join(asked)


def test_what_is_no_answer_is_asked_again_and_nothing_passes_over() -> None:
    told = play("classroom", "--plain", "--predict", answers="x\n9\n-1\n\n")
    assert told.stderr.count("Your answer") == 5
    assert "The answer: 5, one for each virtual disk\n" in told.stdout


def test_without_answers_the_questions_stand_at_the_end_with_theirs() -> None:
    told = play("classroom", "--plain", "--predict")
    assert told.returncode == 0
    end = told.stdout.split("Questions about this run, with their answers")[1]
    assert end.count("The answer is ") == 12
    assert "Not possible here: esx02-local lies on the host's own disks" in end


def test_the_questions_are_asked_in_german() -> None:
    told = play("classroom", "--plain", "--predict", "--lang", "de", answers="2\n")
    assert "Frage 1 von 12: VMs in diesem Job: 4." in told.stdout
    assert "Vorhergesagt: 5, einen je virtueller Festplatte\n" in told.stdout


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_topology_is_explained(call: Call, name: str) -> None:
    told = call("play", name, "--explain", "5", "--explain", "1")
    assert told.out.startswith("Event 5 of ")
    assert "\nEvent 1 of " in told.out


def test_an_event_is_explained_by_its_number_or_its_id(call: Call) -> None:
    by_id = call("play", "classroom", "--explain", "sql01/sql01.vmdk/5.1/nfc/px-san/esx01/tcp-902")
    assert by_id.out == call("play", "classroom", "--explain", "51").out
    for part in ("Why now", "On the way", "If a firewall had blocked it", "Sources", "Sources disagree"):
        assert f"\n{part}\n" in by_id.out


def test_a_step_is_explained_by_its_first_event(call: Call) -> None:
    by_step = call("play", "classroom", "--explain", "5.1")
    assert (by_step.code, by_step.err) == (0, "")
    first = next(
        line for line in call("play", "classroom", "--plain", "--step", "5.1").out.splitlines() if ", 5.1" in line
    )
    assert by_step.out.startswith(f"Event {first.partition(',')[0]} of ")
    assert call("play", "classroom", "--explain", " 5 ").out == call("play", "classroom", "--explain", "5").out


def test_a_machine_is_explained_at_the_step_that_is_asked_for(call: Call) -> None:
    during = call("play", "classroom", "--step", "5.1", "--explain", "sql01").out
    assert "It runs on the job's snapshot." in during
    assert "It runs on the job's snapshot." not in call("play", "classroom", "--explain", "sql01").out


def test_what_does_not_exist_is_refused_with_what_does(call: Call) -> None:
    told = call("play", "classroom", "--explain", "px-sann")
    assert told.code == 2
    assert "there is no event, no step and no machine 'px-sann'" in told.err
    assert "px-san" in told.err.replace("px-sann", "")
    for what in ("120", "0", "²", "9.9", ""):
        assert call("play", "classroom", "--explain", what).code == 2


@pytest.mark.parametrize(
    "arguments", [("--json", "--predict"), ("--json", "--explain", "1"), ("--predict", "--explain", "1")]
)
def test_what_does_not_go_together_is_refused(call: Call, arguments: tuple[str, ...]) -> None:
    assert call("play", "classroom", *arguments).code == 2


def test_nothing_is_drawn_in_what_is_read_aloud(call: Call) -> None:
    for what in ("70", "px-vm", "web01", "esx02-local"):
        out = call("play", "classroom", "--explain", what).out
        assert not any("\u2500" <= one <= "\u27bf" or one in "✔✖⊘↪→←" for one in out), out


@pytest.mark.parametrize(("language", "told"), [("en", "before that "), ("de", "davor ")])
def test_how_many_events_came_before_looks_like_no_range_of_their_numbers(call: Call, language: str, told: str) -> None:
    """On the screen a number to choose the line by stands before it."""
    lines = call("play", "classroom", "--explain", "60", lang=language, VBTUI_LANG=language).out.splitlines()
    assert [line.strip().startswith(told) for line in lines if told in line] == [True]
    assert not [line for line in lines if "…" in line]
