"""The run log: what is written is read back, and what a stranger wrote is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.job import BadRunLog, Record, RecordKind, RunLog, read_run_log, write_run_log

RECORDS = st.lists(
    st.builds(
        Record,
        at_us=st.integers(0, 2**40),
        event=st.from_regex(r"[a-z0-9/.-]{1,30}", fullmatch=True),
        kind=st.sampled_from(RecordKind),
        name=st.sampled_from(["", "read", "stun-us"]),
        value=st.integers(0, 2**62),
    ),
    max_size=5,
)

LOG = RunLog("t", "j", "v13", (), "t.yaml", "full", (Record(5, "job/1.0/start", RecordKind.EVENT, value=3),))


@given(records=RECORDS)
def test_a_log_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> None:
    path = tmp_path_factory.mktemp("logs") / "run.jsonl"
    log = RunLog("t", "j", "v12", ("e:failover=off",), "t.yaml", "paced", tuple(records))
    write_run_log(log, path)
    assert read_run_log(path) == log


HEADER = {
    "schema": "vbtui-run", "version": 1, "topology": "t", "job": "j", "profile": "v13", "changes": [], "source": "t",
    "pace": "full",
}  # fmt: skip

RECORD = {"at_us": 1, "event": "e", "kind": "event"}


def lines(*found: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in found)


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"", 1, "run-log.empty"),
        (b"\x00\xff\xfe", 1, "run-log.not-json"),
        (b"[" * 50_000, 1, "run-log.not-json"),
        (b"x" * 70_000, 1, "run-log.line-too-long"),
        (lines([]), 1, "run-log.not-an-object"),
        (lines({"schema": "other"}), 1, "run-log.not-a-run-log"),
        (lines({**HEADER, "version": 99}), 1, "run-log.other-version"),
        (lines({**HEADER, "topology": "\x1b[31m"}), 1, "run-log.bad-field"),
        (lines({**HEADER, "changes": "x"}), 1, "run-log.bad-field"),
        (lines(HEADER, {**RECORD, "kind": "other"}), 2, "run-log.unknown-kind"),
        (lines(HEADER, {**RECORD, "at_us": -1}), 2, "run-log.bad-field"),
        (lines(HEADER, {**RECORD, "at_us": True}), 2, "run-log.bad-field"),
        (lines(HEADER, {**RECORD, "value": 2**70}), 2, "run-log.bad-field"),
        (lines(HEADER, {"at_us": 1, "kind": "event"}), 2, "run-log.bad-field"),
    ],
)
def test_a_file_that_is_no_log_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int, code: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(BadRunLog) as caught:
        read_run_log(path)
    assert (caught.value.line, caught.value.code) == (line, code)


def test_a_log_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    write_run_log(LOG, path)
    assert [one.name for one in tmp_path.iterdir()] == ["run.jsonl"]
