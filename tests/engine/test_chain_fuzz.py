"""Real files of a chain, changed at random: refused, located, or harmless, and never a wrong byte."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from forged_points import STATES, forge, outcome, write_states
from hypothesis import given
from hypothesis import strategies as st
from restore_points import BLOCK
from strategies import examples

from vbtui.engine import (
    EngineError,
    Repository,
)
from vbtui.engine.repository.layout import (
    PAGE_SIZE,
)


@pytest.fixture
def three(repository: Repository) -> Repository:
    return write_states(repository)


Mutation = tuple[str, str, int, int]
MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(sorted(STATES)),
        st.sampled_from(["bit", "byte", "zeros", "cut", "header", "entry", "footer"]),
        st.integers(0, 2**32),
        st.integers(0, 2**32),
    ),
    min_size=1,
    max_size=3,
)


def mutate(path: Path, how: str, where: int, what: int) -> None:
    """Change a real file: blindly, or in one field with every checksum made right again."""
    data = bytearray(path.read_bytes())
    if how == "cut":
        del data[where % (len(data) + 1) :]
    elif how in ("bit", "byte", "zeros") and data:
        at = where % len(data)
        if how == "bit":
            data[at] ^= 1 << what % 8
        elif how == "byte":
            data[at] = what % 256
        else:
            data[at : at + what % 5000] = bytes(len(data[at : at + what % 5000]))
    else:
        try:
            forge(path, how, where, what)
        except (ValueError, EngineError, IndexError):
            return  # changed too much already to be taken apart
        return
    path.write_bytes(data)


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    repository = Repository(tmp_path_factory.mktemp("originals"))
    write_states(repository)
    return {path.name: path.read_bytes() for path in repository.path.iterdir()}


@examples(200)
@given(mutations=MUTATIONS)
def test_whatever_happens_to_the_files_nothing_wrong_is_ever_given_out(
    originals: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, mutations: Sequence[Mutation]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "mutated"
    repository = Repository(folder)
    for name, data in originals.items():
        (folder / name).write_bytes(data)
    for point, how, where, what in mutations:
        mutate(folder / f"{point}.vbx", how, where, what)
    listed = {one.point: one for one in repository.points()}
    for point in STATES:
        found = outcome(repository, point)
        report = repository.verify(point)
        assert found == "whole" or not report.ok
        assert not report.ok or listed[point].complete
    health = repository.health_check("vm")
    assert health.ok or health.affected or health.records or len(health.points) < len(STATES)


def test_random_flips_over_a_whole_chain_are_found_or_harmless(three: Repository) -> None:
    """Each is detected by a deep verification of the newest point or one before it, and located."""
    picks = random.Random(7)
    files = {point: three.path / f"{point}.vbx" for point in STATES}
    whole = {point: path.read_bytes() for point, path in files.items()}
    for _ in range(60):
        point = picks.choice(sorted(files))
        data = bytearray(whole[point])
        at = picks.randrange(len(data))
        data[at] ^= 1 << picks.randrange(8)
        files[point].write_bytes(data)
        reports = [three.verify(one) for one in STATES]
        assert not all(report.ok for report in reports), (point, at)
        for one, report in zip(STATES, reports, strict=True):
            assert (outcome(three, one) == "whole") or not report.ok
            for block in report.damaged:
                assert block.point == point
                assert block.offset <= at < block.offset + max(PAGE_SIZE, BLOCK + 64)
        files[point].write_bytes(whole[point])
