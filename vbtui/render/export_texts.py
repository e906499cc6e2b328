"""What exported rules say in words: the comment at their top, what was left out, and why an export is refused.

In: a `Ruleset`, or the obstacle of an error. Out: lines in the session's language. Never here: the rules themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from vbtui.firewall.exporters import Obstacle, Omission, Ruleset, Vendor
from vbtui.i18n import N_, Translator
from vbtui.vocabulary import Action


class ExportFormat(StrEnum):
    NFT = "nft"
    IPTABLES = "iptables"
    IP6TABLES = "ip6tables"
    POWERSHELL = "powershell"
    CSV = "csv"
    VENDOR = "vendor"


_HOW: Final[Mapping[ExportFormat, tuple[str, ...]]] = {
    ExportFormat.NFT: (N_("Load with: nft -f FILE. A second load replaces the first; other tables stay."),),
    ExportFormat.IPTABLES: (
        N_("IPv4. Load with: iptables-restore FILE, which replaces the table filter, or with --noflush beside others."),
    ),
    ExportFormat.IP6TABLES: (
        N_(
            "IPv6. Load with: ip6tables-restore FILE, which replaces the table filter, or with --noflush beside others."
        ),
    ),
    ExportFormat.POWERSHELL: (
        N_("For the Windows firewall. The order of the rules does not matter: a rule that blocks always wins."),
        N_("The first of these commands removes the rules, the second decides about everything that no rule matches:"),
    ),
}

OBSTACLES: Final[Mapping[Obstacle, str]] = {
    Obstacle.OPAQUE: N_(
        "firewall {firewall} has rules of which nobody knows what they do: {rules}; --skip-opaque leaves them out"
    ),
    Obstacle.UNKNOWN_DEFAULT: N_("nobody knows what firewall {firewall} does where no rule matches"),
    Obstacle.NOT_A_HOST: N_("the Windows firewall stands on a machine, and firewall {firewall} in the network"),
    Obstacle.NOT_A_NETWORK: N_("{form} is for firewalls in the network, and firewall {firewall} stands on a machine"),
    Obstacle.ORDER_MATTERS: N_(
        "in the Windows firewall a rule that blocks always wins; in firewall {firewall} the order decides between "
        "{rules}"
    ),
    Obstacle.BLOCKS_EVERYTHING: N_(
        "in the Windows firewall a rule that blocks always wins; in firewall {firewall} these block everything: {rules}"
    ),
    Obstacle.STATELESS: N_("{form} always remembers connections, and firewall {firewall} does not"),
    Obstacle.STATEFUL: N_("{form} does not remember connections, and firewall {firewall} does"),
    Obstacle.IPV6: N_("there is no way here to write IPv6 addresses for {form}: firewall {firewall}, {rules}"),
    Obstacle.NOT_PRINTABLE: N_("a text in firewall {firewall} cannot be printed: {rules}"),
}
"""Why a firewall cannot be exported. `rules` are numbers and names, `form` the format or the vendor."""

_LEFT_OUT: Final[Mapping[Omission, str]] = {
    Omission.OPAQUE: N_("left out, because nobody knows what they do: {rules}"),
    Omission.MATCHES_NOTHING: N_("left out, because no address matches them: {rules}"),
}
"""What the user must hear of. That rules are switched off, or do not count, stands in the export."""

_ONLY_DROPS: Final = N_("{form} knows no reject: what the rules reject is dropped in silence there")
_REPLACES: Final = N_("{form}: objects of the same names and numbers on the device are replaced; read before loading")


def heading(say: Translator, ruleset: Ruleset, topology: str, form: ExportFormat, jobs: Sequence[str]) -> list[str]:
    """Lines for the top of the export. `jobs` if the rules are just those that they need."""
    firewall = ruleset.firewall.name
    lines = [say(N_("Firewall {firewall} of topology {topology}")).format(firewall=firewall, topology=topology)]
    if jobs:
        lines.append(say(N_("What these jobs need, and nothing else: {jobs}")).format(jobs=", ".join(jobs)))
    return [*lines, *(say(line) for line in _HOW.get(form, ()))]


def rules_text(rules: Sequence[tuple[int, str]]) -> str:
    """Rules by number and name: `4 proxy-nfc, 7 any`."""
    return ", ".join(f"{number} {name}" for number, name in rules)


def asides(say: Translator, ruleset: Ruleset, form: ExportFormat, vendor: Vendor | None) -> list[str]:
    """What the export does not say and its user must know."""
    lines = []
    for why, text in _LEFT_OUT.items():
        left_out = [(one.entry.rule.number, one.entry.rule.name) for one in ruleset.left_out if one.why is why]
        if left_out:
            lines.append(say(text).format(rules=rules_text(left_out)))
    rejects = any(entry.rule.action is Action.REJECT for entry in ruleset.entries)
    rejects = rejects or Action.REJECT in (ruleset.firewall.inbound, ruleset.firewall.outbound)
    if rejects and (form is ExportFormat.POWERSHELL or vendor is Vendor.FORTINET):
        lines.append(say(_ONLY_DROPS).format(form=vendor or form))
    if vendor is not None:
        lines.append(say(_REPLACES).format(form=vendor))
    return lines
