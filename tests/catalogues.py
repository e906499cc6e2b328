"""The catalogue of a repository in the tests: filled, looked at from outside, harmed."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from patience import PATIENCE

from vbtui.engine import Repository
from vbtui.engine.repository.catalogue import Catalogue, HealthResult, Operation, Session
from vbtui.engine.repository.catalogue.database import CATALOGUE
from vbtui.engine.repository.catalogue.rescan import rescan
from vbtui.engine.repository.damage import Damage, DamagedBlock, DamagedPart

SESSION = Session(Operation.BACKUP, "vm", "vm-0001", 1_000, 2_000, processed=3, read=2, transferred=1)
HEALTH = HealthResult(
    "vm",
    "vm-0001",
    5_000,
    (DamagedPart("vm-0001", Damage.METADATA),),
    (("vm-0001", DamagedBlock("first", 3, Damage.PAYLOAD, "vm-0001", 4096)),),
)


def dump(folder: Path) -> str:
    """All that is in it, as SQLite's own command line sees it."""
    shown = subprocess.run(
        ["sqlite3", folder / CATALOGUE, ".dump"], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return shown.stdout


def points_of(text: str) -> list[str]:
    """The lines of a dump that come from the files."""
    return [
        line
        for line in text.splitlines()
        if line.startswith(("INSERT INTO point", "INSERT INTO chain", "INSERT INTO disk"))
    ]


def fill(repository: Repository) -> None:
    """Give the repository of a finished point a catalogue with a session and a health result."""
    rescan(repository)
    with Catalogue(repository.path) as catalogue:
        catalogue.record(SESSION)
        catalogue.store_health(HEALTH)


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(9000))
