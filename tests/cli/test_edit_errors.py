"""An edit of a topology's text that cannot be made is told as a user error, wherever it comes up."""

from __future__ import annotations

from pathlib import Path

import pytest

from vbtui.cli.exits import Exit, guarded
from vbtui.cli.session import Session
from vbtui.topology import Problem, ProblemCode
from vbtui.topology.editing import EditError

PROBLEM = Problem(Path("a.yaml"), 3, 4, "jobs", ProblemCode.TOO_FEW, (("found", 0), ("expected", 1)))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EditError("no-firewall", "co\x1bre"), "the topology has no firewall 'co\\x1bre'\n"),
        (EditError("firewall-exists", "core"), "the topology has a firewall 'core' already\n"),
        (EditError("group-differs", "web"), "a group of addresses or services 'web' with other members\n"),
        (EditError("not-sound", problems=(PROBLEM,)), "would not be sound:\na.yaml:3:4: jobs"),
    ],
)
def test_a_sentence_and_no_traceback(error: EditError, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise error

    assert guarded(Session("en"), command) is Exit.BAD_INPUT
    assert said in capsys.readouterr().err


def test_a_fault_of_our_own_is_not_hidden() -> None:
    def command() -> None:
        raise EditError("not-equal")

    with pytest.raises(EditError):
        guarded(Session("en"), command)
