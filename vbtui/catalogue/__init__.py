"""What talks to what: the connections that a VMware backup needs, per product profile, each with its public source.

In: the row files under `ports/`, `sources.yaml`, `disagreements.yaml`. Out: typed rows, grouped into needs and their
alternatives. Where sources disagree the disagreement is a record of its own that views show.
Never here: machines, addresses, firewall rules, or a port without a source.
"""

from vbtui.catalogue.data_file import DataError
from vbtui.catalogue.loading import load_catalogue, profiles
from vbtui.catalogue.model import (
    ROLE_OF_PARTY,
    Alternative,
    Catalogue,
    Citation,
    Disagreement,
    Need,
    Party,
    Row,
    Source,
    When,
)

__all__ = [
    "ROLE_OF_PARTY",
    "Alternative",
    "Catalogue",
    "Citation",
    "DataError",
    "Disagreement",
    "Need",
    "Party",
    "Row",
    "Source",
    "When",
    "load_catalogue",
    "profiles",
]
