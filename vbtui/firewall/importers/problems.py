"""What can be wrong with a file of rules, as codes with parameters and a place.

Decided here: the codes, and that every problem of a file is told at once, up to `MAX_PROBLEMS`.
Never here: a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.topology.problems import visible

Param = tuple[str, str | int]

MAX_PROBLEMS: Final = 50


class RulesProblemCode(StrEnum):
    """What is wrong. Behind each: its parameters beside `found` and `expected`."""

    FILE_MISSING = "file_missing"
    FILE_NOT_REGULAR = "file_not_regular"
    FILE_UNREADABLE = "file_unreadable"
    """`reason`: the operating system's error name."""
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    """`limit`: bytes; `format`."""
    NOT_TEXT = "not_text"
    UNKNOWN_FORMAT = "unknown_format"
    TOO_MANY_RULES = "too_many_rules"
    """`limit`."""
    TOO_COMPLEX = "too_complex"
    """Chains that call chains grow beyond `limit` steps when they are written out."""
    # JSON
    BAD_JSON = "bad_json"
    """`detail`: what the parser says."""
    NOT_NFTABLES = "not_nftables"
    NOT_COLLECTED = "not_collected"
    """JSON that is not the collector's."""
    RULES_WITHOUT_FILTERS = "rules_without_filters"
    """The plain output of `Get-NetFirewallRule`: ports, addresses and programs are not in it."""
    CUT_OFF = "cut_off"
    """`ConvertTo-Json` wrote names of types in the place of values: its depth was too small."""
    BAD_SHAPE = "bad_shape"
    """Something is not where the format has it; `where`."""
    PROFILE_NEEDED = "profile_needed"
    """Several network profiles, or none, are active; `known`: those of the file."""
    UNKNOWN_PROFILE = "unknown_profile"
    # chains
    NO_FILTER_TABLE = "no_filter_table"
    NO_CHAIN = "no_chain"
    """No base chain on the hook that was asked for; `hook`, `known`: the hooks of the file."""
    NO_COMMIT = "no_commit"
    """A table that does not end: the file is cut off."""
    BAD_LINE = "bad_line"
    UNKNOWN_CHAIN = "unknown_chain"
    # sheets
    NOT_A_WORKBOOK = "not_a_workbook"
    NO_WORKBOOK_READER = "no_workbook_reader"
    """openpyxl is not installed."""
    NO_SUCH_SHEET = "no_such_sheet"
    """`known`: the workbook's sheets."""
    NO_HEADER = "no_header"
    """No row has the columns that are needed; `expected`, and `found` of the row that comes nearest."""
    MISSING_COLUMN = "missing_column"
    AMBIGUOUS_COLUMN = "ambiguous_column"
    """Two columns for one thing; `columns`."""
    UNKNOWN_FIELD = "unknown_field"
    """A column mapping for something that a rule does not have; `known`."""
    MERGED_CELLS = "merged_cells"
    """`cells`: such as `A3:A7`."""
    TOO_MANY_ROWS = "too_many_rows"
    """`limit`."""
    TOO_MANY_CELLS = "too_many_cells"
    """Of a workbook: cells, texts or merged cells; `limit`."""
    BAD_CSV = "bad_csv"
    """`detail`."""
    REVERSED_RANGE = "reversed_range"
    PORT_OUT_OF_RANGE = "port_out_of_range"
    NO_RULES = "no_rules"
    MORE = "more"
    """`count`: problems that are left out."""


@dataclass(frozen=True, slots=True)
class RulesProblem:
    """One thing that is wrong. `line` counts from 1, is a row in a sheet, and is None for the file as a whole."""

    file: str
    line: int | None
    code: RulesProblemCode
    params: tuple[Param, ...] = ()

    def param(self, name: str) -> str | int | None:
        return next((value for key, value in self.params if key == name), None)


class RulesFileError(Exception):
    """A file of rules cannot be used. `problems`: at least one, in file order."""

    def __init__(self, problems: Iterable[RulesProblem]) -> None:
        found = tuple(problems)
        if len(found) > MAX_PROBLEMS:
            more = RulesProblem(found[0].file, None, RulesProblemCode.MORE, (("count", len(found) - MAX_PROBLEMS),))
            found = (*found[:MAX_PROBLEMS], more)
        self.problems: tuple[RulesProblem, ...] = found
        super().__init__("; ".join(f"{p.file}:{p.line}: {p.code}" for p in found[:3]))

    @property
    def file(self) -> str:
        return self.problems[0].file

    @property
    def line(self) -> int | None:
        return self.problems[0].line

    @property
    def code(self) -> RulesProblemCode:
        return self.problems[0].code

    @property
    def params(self) -> tuple[Param, ...]:
        return self.problems[0].params


def refused(file: str, line: int | None, code: RulesProblemCode, **params: str | int) -> RulesFileError:
    """An error with one problem; parameters are made safe to show."""
    return RulesFileError([problem(file, line, code, **params)])


def problem(file: str, line: int | None, code: RulesProblemCode, **params: str | int) -> RulesProblem:
    shown = tuple((name, value if isinstance(value, int) else visible(value)) for name, value in params.items())
    return RulesProblem(file, line, code, shown)
