"""Steps 2 to 4 have an effect on the bytes: a restored disk says by itself whether its application was at rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from performing import perform

from vbtui.engine import Consistency, PointExport, Repository, examine_machine

SAID = {
    "application": Consistency.APPLICATION,
    "script": Consistency.APPLICATION,
    "crash": Consistency.CRASH,
}
"""How the trace says that a VM's restore point is, and what its ledger must say."""


@pytest.mark.parametrize("name", ["classroom", "small-office", "two-site"])
def test_what_the_walk_says_of_a_points_consistency_is_what_its_bytes_say(tmp_path: Path, name: str) -> None:
    done = perform(name, tmp_path)
    said = {vm.vm: vm.consistent for vm in done.trace.vms}
    for point in done.run.points:
        with Repository(done.run.repository).open_chain(point.point) as chain:
            exports = [PointExport(chain, disk.name) for disk in chain.header.disks]
            state = examine_machine([(one.read_into, one.size) for one in exports])
        assert state.consistency is SAID[said[point.vm]], point.vm


def test_both_kinds_are_in_the_classroom(tmp_path: Path) -> None:
    assert {vm.consistent for vm in perform("classroom", tmp_path).trace.vms} >= {"application", "crash"}
