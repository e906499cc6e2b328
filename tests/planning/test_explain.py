"""One flow hop by hop, with the rows that need it."""

from __future__ import annotations

import pytest

from vbtui.catalogue import Need
from vbtui.firewall import Policy
from vbtui.planning import UnknownMachineError, UnknownServiceTextError, explain
from vbtui.topology import Topology, load, resolve


@pytest.fixture
def classroom() -> Topology:
    return load(resolve("classroom")).topology


def test_an_allowed_flow_names_the_rule_and_the_rows_that_need_it(classroom: Topology) -> None:
    found = explain(classroom, "px-vm", "esx02", "tcp/902")
    assert found.allowed
    (verdict,) = found.verdicts
    assert verdict.segment is not None
    assert verdict.segment.rule == "proxy-nfc"
    assert [(purpose.job, purpose.connection.need) for purpose in found.purposes] == [("daily", Need.NFC)]


def test_a_flow_that_no_job_needs_has_no_purpose(classroom: Topology) -> None:
    found = explain(classroom, "px-vm", "sql01", "tcp/445")
    assert not found.allowed
    assert found.purposes == ()


def test_a_named_service_is_answered_service_by_service(classroom: Topology) -> None:
    found = explain(classroom, "vbr01", "legacy01", "windows-guest")
    assert [str(verdict.service) for verdict in found.verdicts] == ["tcp/445", "tcp/135", "tcp/6173"]
    assert not found.allowed
    assert {purpose.connection.need for purpose in found.purposes} == {Need.GUEST_WINDOWS}


def test_a_port_inside_a_range_finds_the_row_of_the_range(classroom: Topology) -> None:
    found = explain(classroom, "px-vm", "repo01", "tcp/2600")
    assert {purpose.connection.asked.row.id for purpose in found.purposes} == {"data-movers-range"}


def test_another_policy_answers_instead_of_the_file_s(classroom: Topology) -> None:
    closed = Policy(classroom).with_rule("core", "proxy-nfc", False)
    assert not explain(classroom, "px-vm", "esx02", "tcp/902", policy=closed).allowed


def test_an_unknown_machine_is_refused_with_the_closest_name(classroom: Topology) -> None:
    for source, destination in (("px-wm", "esx02"), ("esx02", "px-wm")):
        with pytest.raises(UnknownMachineError) as caught:
            explain(classroom, source, destination, "tcp/902")
        assert (caught.value.found, caught.value.suggestion) == ("px-wm", "px-vm")


def test_a_machine_goes_by_its_address_too(classroom: Topology) -> None:
    assert explain(classroom, "10.10.0.10", "10.40.0.31", "tcp/22") == explain(classroom, "vbr01", "web01", "tcp/22")
    with pytest.raises(UnknownMachineError) as caught:
        explain(classroom, "vbr01", "10.40.0.250", "tcp/22")
    assert (caught.value.found, caught.value.suggestion) == ("10.40.0.250", None)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("22", "tcp/22"), ("2500-3300", "tcp/2500-3300"), ("0", None), ("22-21", None), ("123456", None)],
)
def test_a_port_alone_is_refused_with_the_service_that_it_may_be(
    classroom: Topology, text: str, suggestion: str | None
) -> None:
    with pytest.raises(UnknownServiceTextError) as caught:
        explain(classroom, "px-vm", "esx02", text)
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("shh", "ssh"), ("tcp/0", None), ("tcp/70000", None), ("icmp/1", None), ("", None), ("\x1b[31m", None)],
)
def test_an_unknown_service_is_refused(classroom: Topology, text: str, suggestion: str | None) -> None:
    with pytest.raises(UnknownServiceTextError) as caught:
        explain(classroom, "px-vm", "esx02", text)
    assert caught.value.suggestion == suggestion
    assert caught.value.found.isprintable()
