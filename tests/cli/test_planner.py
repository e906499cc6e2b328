"""The path of a planner: a file that fails, the request, the file that passes, and what the change means."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from patience import PATIENCE

from vbtui.topology import load, resolve

Call = Callable[..., Any]


def test_from_a_file_that_fails_to_one_that_passes(call: Call) -> None:
    assert call("check", "locked-down").code == 1
    asked = call("request", "locked-down", "--apply", "open.yaml", "--owner", "backup-team", "--ticket", "CHG77")
    assert asked.code == 0
    assert asked.err == ""
    assert "add vb-5.3-nfc-esx12" in asked.out
    assert "rule #2 block-old-range no longer blocks this" in asked.out
    for job in ("nightly", "nightly-strict"):
        assert any(line.split() == [job, "✖", "fail", "✔", "ok"] for line in asked.out.splitlines())

    assert call("validate", "open.yaml").code == 0
    assert call("check", "open.yaml", "--fail-on", "fallback").code == 0
    again = call("request", "open.yaml")
    assert again.code == 0
    assert again.out.startswith("locked-down, ports of v12: no rule has to change\n")

    compared = call("diff", "locked-down", "open.yaml")
    assert compared.code == 1
    assert "locked-down → open.yaml: what changes for the jobs" in compared.out
    assert "tcp/135, tcp/445, tcp/49152-65535" in compared.out
    assert "lost" not in compared.out
    assert call("diff", "open.yaml", "open.yaml").code == 0


def test_the_applied_file_keeps_every_line_that_is_not_about_the_rules(call: Call) -> None:
    assert call("request", "locked-down", "--apply", "open.yaml").code == 0
    before = resolve("locked-down").read_text(encoding="utf-8").splitlines()
    after = Path("open.yaml").read_text(encoding="utf-8").splitlines()
    lost = [line for line in before if line not in after]
    assert len(lost) <= 1  # the side of the block that is cut
    assert [line for line in before if line.lstrip().startswith("#")] == [
        line for line in after if line.lstrip().startswith("#")
    ]
    rules = {rule.name: rule for rule in load(Path("open.yaml")).topology.firewall("main").rules}
    assert "nfc-esx12" in rules


def test_rules_that_go_out_and_come_back_change_nothing(call: Call) -> None:
    assert call("request", "locked-down", "--apply", "open.yaml").code == 0
    Path("again.yaml").write_bytes(Path("open.yaml").read_bytes())
    for firewall in load(Path("open.yaml")).topology.firewalls:
        taken = ("--firewall", firewall.name, "--format", "csv")
        assert call("rules", "export", "open.yaml", *taken, "-o", "rules.csv", "--force").code == 0
        given = ("rules.csv", *taken, "--into", "again.yaml", "-o", "again.yaml", "--force")
        assert call("rules", "import", *given).code == 0
    compared = call("diff", "open.yaml", "again.yaml")
    assert compared.code == 0
    assert "nothing changes for the jobs" in compared.out


def test_a_firewall_with_nothing_but_what_is_required_passes_too(call: Call) -> None:
    assert call("request", "locked-down", "--apply", "open.yaml").code == 0
    for firewall in ("main", "secure-filter"):
        taken = ("--firewall", firewall, "--format", "csv")
        assert call("rules", "export", "open.yaml", *taken, "--required", "-o", "rules.csv", "--force").code == 0
        given = ("rules.csv", *taken, "--into", "open.yaml", "-o", "least.yaml", "--force")
        assert call("rules", "import", *given).code == 0
        assert call("check", "least.yaml", "--fail-on", "fallback").code == 0


def test_the_form_as_csv_has_a_row_for_each_rule_and_protocol(call: Call) -> None:
    called = call("request", "locked-down", "--format", "csv", "--ticket", "=1+1")
    rows = list(csv.DictReader(io.StringIO(called.out)))
    assert [row["change_type"] for row in rows] == ["add", "add", "modify"]
    assert (
        rows[0]
        | {
            "firewall": "main",
            "source_name": "px11 px12",
            "source_address": "10.70.10.21/32 10.70.10.31/32",
            "source_zone": "backup",
            "destination_name": "esx12",
            "protocol": "tcp",
            "ports": "902",
            "requirement": "required",
            "ticket": "'=1+1",
        }
        == rows[0]
    )


def test_the_form_as_json_says_everything(call: Call) -> None:
    document = json.loads(call("request", "locked-down", "--format", "json").out)
    assert document["schema"] == "vbtui-request"
    assert document["jobs"] == [{"job": job, "before": "fail", "after": "ok"} for job in ("nightly", "nightly-strict")]
    assert [one["change"] for one in document["changes"]] == ["add", "add", "modify"]
    assert {
        one["source"] for change in document["changes"] for row in change["catalogue_rows"] for one in row["citations"]
    } <= set(document["sources"])
    assert {one["kind"] for one in document["remarks"]} >= {"remark.modifies", "remark.reply", "remark.no-owner"}


def test_the_form_as_markdown_has_the_columns_that_forms_have(call: Call) -> None:
    called = call("request", "locked-down", "--format", "markdown")
    header = next(line for line in called.out.splitlines() if line.startswith("| \\#"))
    for column in ("Change type", "Source name", "Destination zone", "Firewall/hop", "Impact if missing", "Ticket"):
        assert column in header
    assert "[HC12]" not in called.out
    assert "## Legend" in called.out


def test_the_form_as_a_workbook_opens_and_is_the_same_every_time(call: Call) -> None:
    for name in ("one.xlsx", "two.xlsx"):
        called = call("request", "locked-down", "--format", "xlsx", "-o", name)
        assert (called.code, called.out, called.err) == (0, "", "")
    assert Path("one.xlsx").read_bytes() == Path("two.xlsx").read_bytes()
    book = openpyxl.load_workbook("one.xlsx")
    assert book.sheetnames[:3] == ["Request", "Expanded", "Findings"]
    assert book.sheetnames[-1] == "Legend"
    page = book["Request"]
    assert page.freeze_panes == "A2"
    assert [cell.value for cell in page[1]][:3] == ["#", "Change type", "Source name"]
    assert [row[0].value for row in page.iter_rows(min_row=2)] == [1, 2, 3]
    assert book["Expanded"].max_row == 1 + 2 + 1 + 1


def test_a_request_in_german(call: Call) -> None:
    called = call("request", "locked-down", "--lang", "de")
    assert "keine Firewall-Regel" not in called.out
    assert "Firewall main" in called.out
    assert "Änderungen: 3, Firewalls: 3" in called.out


WRONG = [
    (("request", "locked-down", "--format", "xlsx"), "--output"),
    (("request", "locked-down", "--format", "json", "-o", "a", "--apply", "a"), "--apply"),
    (("request", "locked-down", "--apply", "-"), "--apply"),
    (("request", "locked-down", "--owner", "a\nb"), "--owner"),
    (("request", "locked-down", "--ticket", "x" * 501), "--ticket"),
    (("request", "locked-down", "--job", "nihgtly"), "nightly"),
    (("request", "locked-down", "-o", "there"), "there exists already"),
    (("request", "locked-down", "-o", "/tmp", "--force"), "/tmp is a folder, not a file"),
    (("request", "locked-down", "--apply", "new/"), "new/ is a folder, not a file"),
    (("request", "locked-down", "-o", "nowhere/a.csv"), "there is no folder nowhere"),
    (("rules", "export", "locked-down", "--firewall", "main", "--format", "nft", "-o", "/tmp"), "/tmp is a folder"),
    (("generate", "--vms", "20", "-o", "there/a.yaml"), "there is no folder there"),
    (("request", "nowhere"), "nowhere"),
    (("diff", "locked-down", "nowhere"), "nowhere"),
    (("diff", "locked-down", "classroom", "--job", "dialy"), "daily"),
]


@pytest.mark.parametrize(("words", "told"), WRONG, ids=[" ".join(words)[:40] for words, _ in WRONG])
def test_what_does_not_go_together_is_refused_and_nothing_is_written(
    words: tuple[str, ...], told: str, call: Call
) -> None:
    Path("there").write_text("mine", encoding="utf-8")
    called = call(*words)
    assert called.code == 2
    assert told in called.err
    assert "Traceback" not in called.err
    assert [path.name for path in Path().iterdir()] == ["there"]
    assert Path("there").read_text(encoding="utf-8") == "mine"


def test_without_openpyxl_the_extra_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    called = call("request", "locked-down", "--format", "xlsx", "-o", "a.xlsx")
    assert called.code == 2
    assert "vbtui[xlsx]" in called.err
    assert not Path("a.xlsx").exists()


def test_what_still_fails_is_told_by_the_exit_code(call: Call) -> None:
    text = resolve("locked-down").read_text(encoding="utf-8")
    text = text.replace("  - name: web11\n    host: esx11\n", "  - name: web11\n    host: esx11\n    tools: absent\n")
    Path("mine.yaml").write_text(text, encoding="utf-8")
    called = call("request", "mine.yaml", "--job", "nightly")
    assert called.code == 1
    assert "What no firewall rule helps" in called.out
    assert "VMware Tools are not running" in called.out
    assert call("request", "classroom", "--allow-fallback").out.startswith("classroom, ports of v13: no rule has")


def test_a_request_without_a_workbook_loads_no_openpyxl() -> None:
    lines = ("import sys", "from vbtui.cli.entry import run", "run(['request', 'locked-down'], {})")
    code = "\n".join((*lines, "assert 'openpyxl' not in sys.modules"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
