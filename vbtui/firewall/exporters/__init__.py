"""A firewall's rules as text for real devices: nftables, iptables, Windows, a sheet, and network vendors.

In: a `Ruleset`, made by `ruleset(topology, firewall)`. Out: text that the device's own program loads. What a device
cannot say is an error with its reason, never something near.
Never here: which rule wins (`firewall.evaluation`), words for a person (headings come from outside), files.
"""

from vbtui.firewall.exporters.csv_sheet import csv_sheet
from vbtui.firewall.exporters.iptables import iptables
from vbtui.firewall.exporters.nftables import nftables
from vbtui.firewall.exporters.powershell import powershell
from vbtui.firewall.exporters.ruleset import LeftOut, Obstacle, Omission, RuleNotExportableError, Ruleset, ruleset
from vbtui.firewall.exporters.vendor import AerleonMissingError, Vendor, vendor

__all__ = [
    "AerleonMissingError",
    "LeftOut",
    "Obstacle",
    "Omission",
    "RuleNotExportableError",
    "Ruleset",
    "Vendor",
    "csv_sheet",
    "iptables",
    "nftables",
    "powershell",
    "ruleset",
    "vendor",
]
