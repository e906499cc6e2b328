"""Random packet filters into the kernel, out of it by its own programs, and through the importers: the same meaning.

The oracle tells the fate of every packet by itself (`chain_policies`). An importer may say `unknown` only where it says
why; it must never allow what is refused, nor refuse what is allowed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest
from chain_policies import ADDRESSES, PROBED_PORTS, Filter, answer, iptables_text, nft_text, random_filter
from kernel_boxes import SingleBox, loading, require_kernel

from vbtui.firewall.importers import ImportedRules, OpaqueReason, read_iptables, read_nft

Ask = Callable[..., str]
Asking = Callable[[ImportedRules], Ask]


@pytest.fixture(scope="module")
def box() -> Iterator[SingleBox]:
    require_kernel()
    with SingleBox() as alone:
        yield alone


def compare(rules: Filter, imported: ImportedRules, ask: Ask, rng: Random, versions: tuple[int, ...]) -> Counter[str]:
    assert {one.reason for one in imported.opaque} <= {OpaqueReason.REPLIES, OpaqueReason.FAMILY}
    seen: Counter[str] = Counter()
    for _ in range(120):
        addresses = ADDRESSES[rng.choice(versions)]
        flow = (rng.choice(addresses), rng.choice(addresses), rng.choice(["tcp", "udp"]), rng.choice(PROBED_PORTS))
        expected, found = answer(rules, *flow), ask(*flow)
        seen[found] += 1
        if found != "unknown":
            assert found == expected, (flow, rules, imported.rules, imported.default, imported.stateful)
    return seen


def test_what_nft_lists_means_what_was_loaded(box: SingleBox, asking: Asking, pytestconfig: pytest.Config) -> None:
    seen: Counter[str] = Counter()
    for seed in range(400 if pytestconfig.getoption("--long") else 40):
        rng = Random(seed)
        rules = random_filter(rng, versions=(4, 6), one_base=False)
        listed = box.run("nft flush ruleset\n" + loading("nft -f -", nft_text(rules)) + "nft -j list ruleset\n")
        imported = read_nft(listed.encode(), file="kernel.json")
        seen += compare(rules, imported, asking(imported), rng, (4, 6))
    assert seen["allow"] > 500 and seen["deny"] > 500 and seen["reject"] > 100
    assert seen["unknown"] < sum(seen.values()) / 4


@pytest.mark.parametrize("version", [4, 6])
def test_what_iptables_saves_means_what_was_restored(
    box: SingleBox, asking: Asking, version: int, pytestconfig: pytest.Config
) -> None:
    seen: Counter[str] = Counter()
    program = "iptables" if version == 4 else "ip6tables"
    for seed in range(200 if pytestconfig.getoption("--long") else 20):
        rng = Random(1000 * version + seed)
        rules = random_filter(rng, versions=(version,), one_base=True)
        restored = loading(f"{program}-restore", iptables_text(rules, version))
        imported = read_iptables(box.run(restored + f"{program}-save\n").encode(), file="kernel.rules")
        seen += compare(rules, imported, asking(imported), rng, (version,))
    assert seen["allow"] > 200 and seen["deny"] > 200 and seen["reject"] > 40
    assert seen["unknown"] < sum(seen.values()) / 4
