"""`rules export` from outside: every format, what is refused and why, and where the text goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vbtui.cli.rules_export import FORMATS, VENDORS
from vbtui.firewall.exporters import Obstacle, Vendor
from vbtui.i18n import LANGUAGES
from vbtui.render.export_texts import OBSTACLES, ExportFormat
from vbtui.topology import resolve

Call = Callable[..., Any]

CORE = ("rules", "export", "classroom", "--firewall", "core")


def test_formats_and_vendors_of_the_options_are_those_of_the_exporters() -> None:
    assert tuple(ExportFormat) == FORMATS
    assert tuple(Vendor) == VENDORS
    assert set(OBSTACLES) == set(Obstacle)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_has_help_in_every_language(language: str, call: Call) -> None:
    out = call("rules", "export", "--help", "--lang", language).out
    assert ("Show this message" in out) == (language == "en")
    assert "--skip-opaque" in out


@pytest.mark.parametrize(
    ("form", "begins", "holds"),
    [
        ("nft", "# Firewall core of topology classroom\n", "\ttable inet vb_core {"),
        ("iptables", "# Firewall core of topology classroom\n", "-A VB_core -s 10.10.0.10 -d 10.40.0.0/24"),
        ("ip6tables", "# Firewall core of topology classroom\n", "-A VB_core -p ipv6-icmp"),
        ("csv", "number,name,source,destination,service,", "7,guest-ssh,10.10.0.10,10.40.0.0/24,tcp/22,allow,"),
    ],
)
def test_a_network_firewall_in_every_language_of_linux_and_as_a_sheet(
    form: str, begins: str, holds: str, call: Call
) -> None:
    called = call(*CORE, "--format", form)
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(begins)
    assert holds.strip() in called.out


def test_a_host_firewall_for_windows(call: Call) -> None:
    arguments = ("rules", "export", "locked-down", "--firewall", "px11-windows", "--format", "powershell")
    called = call(*arguments, "--lang", "de")
    assert (called.code, called.err) == (0, "")
    assert called.out.isascii()
    assert "Reihenfolge" in called.out
    assert "New-NetFirewallRule -Name 'vb_px11_windows_1_transport-in_in_tcp'" in called.out


def test_a_vendor_and_the_word_of_caution(call: Call) -> None:
    called = call(*CORE, "--format", "vendor", "--vendor", "fortinet")
    assert called.code == 0
    assert called.out.startswith("config firewall address\n")
    assert "fortinet knows no reject" in called.err
    assert "objects of the same names" in called.err


def test_what_the_jobs_need_and_nothing_else(call: Call) -> None:
    arguments = ("rules", "export", "locked-down", "--firewall", "main", "--format", "nft", "--required")
    every, one = call(*arguments), call(*arguments, "--job", "nightly")
    assert every.code == one.code == 0
    assert "# What these jobs need, and nothing else: nightly, nightly-strict\n" in every.out
    assert "# What these jobs need, and nothing else: nightly\n" in one.out
    rules = [line for line in one.out.splitlines() if " comment " in line]
    assert rules
    assert all(" accept comment " in line for line in rules)
    assert "hook forward priority 0; policy drop;" in one.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--firewall", "coer", "--format", "nft"), "there is no firewall 'coer' in topology classroom"),
        (("--firewall", "coer", "--format", "nft"), "did you mean 'core'?"),
        (("--firewall", "core", "--format", "vendor"), "--format vendor and --vendor go together"),
        (("--firewall", "core", "--format", "nft", "--vendor", "nsx-t"), "--format vendor and --vendor go together"),
        (("--firewall", "core", "--format", "nft", "--job", "daily"), "they need --required"),
        (("--firewall", "core", "--format", "nft", "--required", "--job", "dayly"), "there is no job 'dayly'"),
        (("--firewall", "core", "--format", "powershell"), "stands on a machine, and firewall core in the network"),
        (("--firewall", "core", "--format", "vendor", "--vendor", "cisco-xr"), "cisco-xr does not remember"),
        (("--firewall", "core", "--format", "nfx"), "expected one of nft, iptables"),
        (("--firewall", "core"), "--format is missing"),
        (("--format", "nft"), "--firewall is missing"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_no_file(arguments: tuple[str, ...], said: str, call: Call) -> None:
    called = call("rules", "export", "classroom", *arguments, "-o", "rules.txt")
    assert (called.code, called.out) == (2, "")
    assert said in called.err
    assert list(Path().iterdir()) == []


@pytest.fixture
def opaque() -> str:
    """A topology with a rule of which nobody knows what it does."""
    document = yaml.safe_load(resolve("classroom").read_text(encoding="utf-8"))
    document["firewalls"][0]["rules"][1] |= {"action": "unknown", "raw": "meta skuid 3", "origin": "edge.nft:7"}
    Path("opaque.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return "opaque.yaml"


def test_an_opaque_rule_is_named_and_left_out_only_on_demand(call: Call, opaque: str) -> None:
    arguments = ("rules", "export", opaque, "--firewall", "core", "--format", "nft")
    refused = call(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "2 backup-return" in refused.err
    skipped = call(*arguments, "--skip-opaque")
    assert skipped.code == 0
    assert "# #2 backup-return: opaque" in skipped.out
    assert "2 backup-return" in skipped.err


def test_a_file_is_whole_and_a_file_that_exists_stays(call: Call) -> None:
    printed = call(*CORE, "--format", "nft").out
    assert call(*CORE, "--format", "nft", "-o", "core.nft").out == ""
    assert Path("core.nft").read_text(encoding="utf-8") == printed
    refused = call(*CORE, "--format", "csv", "-o", "core.nft")
    assert refused.code == 2
    assert Path("core.nft").read_text(encoding="utf-8") == printed
    assert call(*CORE, "--format", "csv", "-o", "core.nft", "--force").code == 0


def test_without_aerleon_the_user_hears_what_to_install(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aerleon", None)
    called = call(*CORE, "--format", "vendor", "--vendor", "nsx-t")
    assert called.code == 2
    assert "pip install 'vbtui[export]'" in called.err
