"""The catalogue of a repository: what is known of its restore points without opening them, and what no file tells.

`database` decides when its SQLite file is trusted, `catalogue` what is in it, `rescan` how it is written anew from the
files, `health_record` what the next run takes from the last health check. It is a cache: nothing under `repository`
outside this room knows it, and a repository without one gives every restore. Never here: the content of a block, a
change to a restore point.
"""

from vbtui.engine.repository.catalogue.catalogue import (
    Catalogue,
    CataloguedDisk,
    CataloguedPoint,
    HealthResult,
    Operation,
    Session,
)
from vbtui.engine.repository.catalogue.database import CATALOGUE, Flaw, Renewal

__all__ = [
    "CATALOGUE",
    "Catalogue",
    "CataloguedDisk",
    "CataloguedPoint",
    "Flaw",
    "HealthResult",
    "Operation",
    "Renewal",
    "Session",
]
