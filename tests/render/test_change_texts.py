"""What is told of two runs side by side."""

from __future__ import annotations

import pytest

from vbtui.i18n import LANGUAGES, translator
from vbtui.render import Messages
from vbtui.render.change_texts import delta_values
from vbtui.topology import load, resolve
from vbtui.vocabulary import Profile
from vbtui.walk.forks import Delta, Subject


@pytest.fixture(params=LANGUAGES)
def messages(request: pytest.FixtureRequest) -> Messages:
    return Messages(translator(request.param), load(resolve("classroom")).topology, Profile.V13)


@pytest.mark.parametrize("subject", [Subject.DURATION, Subject.READ])
@pytest.mark.parametrize(("a", "b"), [(97_012, 97_013), (3_600_000, 3_600_001), (5, 6), (97_012, 12), (None, 0)])
def test_figures_that_are_different_never_read_alike(
    messages: Messages, subject: Subject, a: int | None, b: int
) -> None:
    one, other = delta_values(messages, Delta(subject, None, a, b))
    assert one != other


def test_figures_that_are_alike_are_told_in_round_numbers(messages: Messages) -> None:
    assert delta_values(messages, Delta(Subject.DURATION, None, 97_012, 97_012)) == ("1 min 37 s", "1 min 37 s")
