"""`generate` from outside: where its text goes, and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

SMALL = ("generate", "--vms", "20", "--hosts", "2", "--proxies", "1", "--repositories", "1", "--rules", "30")


def test_a_file_is_written_that_every_other_command_takes(call: Call) -> None:
    assert call(*SMALL, "-o", "company.yaml").out == ""
    assert call("validate", "company.yaml").code == 0
    assert [path.name for path in Path().iterdir()] == ["company.yaml"]


def test_without_a_file_it_goes_to_standard_output(call: Call) -> None:
    printed = call(*SMALL).out
    assert call(*SMALL, "-o", "-").out == printed
    call(*SMALL, "-o", "company.yaml")
    assert Path("company.yaml").read_text() == printed
    assert "--vms 20 --hosts 2 --proxies 1 --repositories 1 --rules 30 --seed 1\n" in printed


def test_a_file_that_exists_stays_unless_forced(call: Call) -> None:
    Path("mine.yaml").write_text("mine")
    refused = call(*SMALL, "-o", "mine.yaml")
    assert (refused.code, refused.out) == (2, "")
    assert "mine.yaml exists already; --force" in refused.err
    assert Path("mine.yaml").read_text() == "mine"
    assert call(*SMALL, "-o", "mine.yaml", "--force").code == 0
    assert Path("mine.yaml").read_text() == call(*SMALL).out


def test_a_link_stays_a_link(call: Call) -> None:
    Path("mine.yaml").write_text("mine")
    Path("link.yaml").symlink_to("mine.yaml")
    assert call(*SMALL, "-o", "link.yaml", "--force").code == 0
    assert Path("link.yaml").is_symlink()
    assert Path("mine.yaml").read_text() == call(*SMALL).out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--vms", "0"), 2, "--vms must be 1 to 100000, found 0"),
        (("--hosts", "99999999999999999999"), 2, "--hosts must be 1 to 5000, found 99999999999999999999"),
        (("--proxies", "-1"), 2, "--proxies must be 1 to 2000, found -1"),
        (("--repositories", "501"), 2, "--repositories must be 1 to 500, found 501"),
        (("--rules", "10001"), 2, "--rules must be 0 to 10000, found 10001"),
        (("--rules", "many"), 2, "invalid value for --rules"),
        (("--seed", "-1"), 2, "invalid value for --seed: expected a whole number from 0 to 9223372036854775807"),
        (("-o", ""), 2, "'' is no name of a file"),
        (("-o", "/"), 2, "'/' is no name of a file"),
        (("-o", "nowhere/company.yaml"), 2, "there is no folder nowhere"),
        (("-o", ".", "--force"), 2, "no name of a file"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], code: int, said: str, call: Call) -> None:
    called = call("generate", *arguments)
    assert called.code == code
    assert said in called.err
    assert "Traceback" not in called.err
    assert list(Path().iterdir()) == []


def test_most_of_its_jobs_run_and_some_do_not(call: Call) -> None:
    call("generate", "--vms", "160", "--hosts", "100", "--proxies", "4", "--repositories", "20", "-o", "company.yaml")
    called = call("check", "company.yaml", "--format", "json")
    verdicts = Counter(job["verdict"] for job in json.loads(called.out)["jobs"])
    assert sum(verdicts.values()) == 20
    assert verdicts["ok"] > verdicts["fallback"] > 0 < verdicts["fail"]
    assert called.code == 1


def test_without_a_rule_nothing_gets_through(call: Call) -> None:
    call(*SMALL[:-1], "0", "-o", "company.yaml")
    called = call("check", "company.yaml", "--format", "json")
    assert {job["verdict"] for job in json.loads(called.out)["jobs"]} == {"fail"}
