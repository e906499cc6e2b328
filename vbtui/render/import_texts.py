"""What came of an import, in words, and imported rules as text of a topology file.

In: `ImportedRules`, `RulesFileError`. Out: lines in the session's language, YAML. Decided here: the sentences, and how
many rules are listed one by one. Never here: what a rule means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from vbtui.firewall.importers import (
    ImportedRules,
    Note,
    NoteCode,
    OpaqueReason,
    RulesFileError,
    RulesFormat,
    RulesProblem,
    RulesProblemCode,
    SkipReason,
    Trait,
)
from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable
from vbtui.render.quantities import size
from vbtui.topology.yaml_text import firewall_lines, group_lines

MOST_LISTED: Final = 200
"""Opaque rules that are told one by one; the document has them all."""

MOST_WORDS: Final = 100
"""Characters of an opaque rule's own words; the document has them all."""

WHERE: Final[Mapping[RulesFormat, str]] = {
    RulesFormat.CSV: N_("line {places}"),
    RulesFormat.XLSX: N_("row {places}"),
    RulesFormat.NFT: N_("handle {places}"),
    RulesFormat.IPTABLES: N_("line {places}"),
    RulesFormat.WINDOWS: "{places}",
}
"""What the places of a format count."""

PROBLEMS: Final[Mapping[RulesProblemCode, str]] = {
    RulesProblemCode.FILE_MISSING: N_("there is no such file"),
    RulesProblemCode.FILE_NOT_REGULAR: N_("this is no regular file"),
    RulesProblemCode.FILE_UNREADABLE: N_("the file cannot be read ({reason})"),
    RulesProblemCode.FILE_EMPTY: N_("the file is empty"),
    RulesProblemCode.FILE_TOO_LARGE: N_(
        "the file is larger than {limit}, the most that is read of this format ({format})"
    ),
    RulesProblemCode.NOT_TEXT: N_("this is no text in UTF-8 or UTF-16 (byte {found})"),
    RulesProblemCode.UNKNOWN_FORMAT: N_("the format is not known; name it with --format"),
    RulesProblemCode.TOO_MANY_RULES: N_("more than {limit} rules"),
    RulesProblemCode.TOO_COMPLEX: N_("the chains call each other so often that writing them out takes too long"),
    RulesProblemCode.BAD_JSON: N_("this is not JSON, or not all of it: {detail}"),
    RulesProblemCode.NOT_NFTABLES: N_("this is not the output of nft -j list ruleset"),
    RulesProblemCode.NOT_COLLECTED: N_(
        "this is neither what nft -j list ruleset nor what the collector for Windows writes; vbtui rules collector "
        "prints its script"
    ),
    RulesProblemCode.RULES_WITHOUT_FILTERS: N_(
        "Get-NetFirewallRule alone has no ports, addresses and programs; vbtui rules collector writes a script that "
        "fetches them too"
    ),
    RulesProblemCode.CUT_OFF: N_("values were lost when the file was written ({found}): ConvertTo-Json needs -Depth 6"),
    RulesProblemCode.BAD_SHAPE: N_("{where} is not as the format has it"),
    RulesProblemCode.PROFILE_NEEDED: N_(
        "not just one network profile was active; choose one with --windows-profile: {known}"
    ),
    RulesProblemCode.UNKNOWN_PROFILE: N_("there is no network profile '{found}'; there are {known}"),
    RulesProblemCode.NO_FILTER_TABLE: N_("there is no table filter in it"),
    RulesProblemCode.NO_CHAIN: N_("no chain filters on hook {hook}; chains are on {known}"),
    RulesProblemCode.NO_COMMIT: N_("table {found} has no COMMIT: the file is cut off"),
    RulesProblemCode.BAD_LINE: N_("iptables-save writes no such line: {found}"),
    RulesProblemCode.UNKNOWN_CHAIN: N_("there is no chain {found}"),
    RulesProblemCode.NOT_A_WORKBOOK: N_("this is not an XLSX workbook ({detail})"),
    RulesProblemCode.NO_WORKBOOK_READER: N_("workbooks need the package openpyxl: pip install 'vbtui[xlsx]'"),
    RulesProblemCode.NO_SUCH_SHEET: N_("there is no sheet '{found}'; there are {known}"),
    RulesProblemCode.NO_HEADER: N_(
        "no row has the names of the columns; expected {expected}. --columns FIELD=NAME says which is which"
    ),
    RulesProblemCode.MISSING_COLUMN: N_(
        "no column for {expected}; found {found}. --columns FIELD=NAME says which is which"
    ),
    RulesProblemCode.AMBIGUOUS_COLUMN: N_("two columns are called '{columns}'; choose with --columns FIELD=NAME"),
    RulesProblemCode.UNKNOWN_FIELD: N_("--columns has no field '{found}'; there are {known}"),
    RulesProblemCode.MERGED_CELLS: N_("merged cells {cells}: which rows the value is for cannot be seen"),
    RulesProblemCode.TOO_MANY_ROWS: N_("more than {limit} rows"),
    RulesProblemCode.TOO_MANY_CELLS: N_("more than {limit} cells, the most that is read of a workbook"),
    RulesProblemCode.BAD_CSV: N_("this is not CSV: {detail}"),
    RulesProblemCode.REVERSED_RANGE: N_("the range {found} is turned: its last comes before its first"),
    RulesProblemCode.PORT_OUT_OF_RANGE: N_("a port is 1 to 65535, found {found}"),
    RulesProblemCode.NO_RULES: N_("there are no rows below the header"),
    RulesProblemCode.MORE: N_("and {count} more"),
}

OPAQUE: Final[Mapping[OpaqueReason, str]] = {
    OpaqueReason.MATCH: N_("unknown condition {detail}"),
    OpaqueReason.STATEMENT: N_("unknown statement {detail}"),
    OpaqueReason.VERDICT: N_("what becomes of the packet is decided elsewhere: {detail}"),
    OpaqueReason.RATE: N_("limited by rate or count: {detail}"),
    OpaqueReason.INTERFACE: N_("interface {detail} stands for no zone; --interface NAME=ZONE says for which"),
    OpaqueReason.SOURCE_PORT: N_("only from source ports {detail}"),
    OpaqueReason.SET: N_("a set or map that is not in the file as a whole: {detail}"),
    OpaqueReason.LOOP: N_("the chain {detail} leads to itself, or chains are nested too deep"),
    OpaqueReason.RETURN: N_("which flows return here depends on zones"),
    OpaqueReason.REPLIES: N_("whether the replies get through cannot be said"),
    OpaqueReason.FAMILY: N_("the file has no rules for {detail}"),
    OpaqueReason.ADDRESS: N_("neither an address nor a known name: {detail}"),
    OpaqueReason.NAME_AMBIGUOUS: N_("more than one part of the topology is called {detail}"),
    OpaqueReason.NEGATION: N_("negated and plain values in one cell: {detail}"),
    OpaqueReason.SERVICE: N_("unknown service {detail}"),
    OpaqueReason.PROTOCOL_MISSING: N_("port {detail} without a protocol"),
    OpaqueReason.ACTION: N_("unknown action {detail}"),
    OpaqueReason.ENABLED: N_("whether it is switched on cannot be read: {detail}"),
    OpaqueReason.EMPTY_CELL: N_("a cell that is needed is empty"),
    OpaqueReason.FORMULA: N_("a formula in the place of a value: {detail}"),
    OpaqueReason.COLUMN: N_("limited by a column that has no counterpart: {detail}"),
    OpaqueReason.PROGRAM: N_("holds for one program, service or package only: {detail}"),
    OpaqueReason.SECURITY: N_("holds for certain users, computers or secured connections only: {detail}"),
    OpaqueReason.KEYWORD: N_("a word whose meaning depends on the machine: {detail}"),
    OpaqueReason.CUT_OFF: N_("the value was lost when the file was written: {detail}"),
    OpaqueReason.FIELD_MISSING: N_("the field {detail} is missing"),
}

SKIPPED: Final[Mapping[SkipReason, str]] = {
    SkipReason.PROTOCOL: N_("neither TCP nor UDP"),
    SkipReason.STATE: N_("no first packet of a connection matches"),
    SkipReason.LOOPBACK: N_("inside the machine only"),
    SkipReason.NO_VERDICT: N_("counts, logs or marks only"),
    SkipReason.NOTHING: N_("no flow gets there or matches"),
    SkipReason.HEADING: N_("a title, no rule"),
    SkipReason.OTHER_PROFILE: N_("another network profile"),
    SkipReason.COVERED: N_("not understood, but allows only what is allowed anyway"),
    SkipReason.INBOUND_OFF: N_("the profile ignores rules that allow inbound"),
}

NOTES: Final[Mapping[NoteCode, str]] = {
    NoteCode.COLUMN: N_("columns: {list}"),
    NoteCode.COLUMN_IGNORED: N_("columns not read: {list}"),
    NoteCode.ENCODING: N_("the file is not UTF-8; read as {encoding}"),
    NoteCode.HIDDEN_SHEET: N_("hidden sheets not read, --sheet chooses one: {list}"),
    NoteCode.OTHER_SHEET: N_("sheets not read, --sheet chooses one: {list}"),
    NoteCode.EXPIRY: N_(
        "days on which a rule expires, left out because they are not like 2027-01-31 or 31.01.2027: {count}, the first "
        "{found} ({place})"
    ),
    NoteCode.ONE_FAMILY: N_("the file does not decide about {missing}"),
    NoteCode.TRANSLATION: N_("the file translates addresses ({place}), which rules do not show: check by hand"),
    NoteCode.OTHER_CHAIN: N_("chain {chain} on hook {hook} can drop packets too and was not read"),
    NoteCode.STATELESS: N_("no rule lets replies through by their state: stateless"),
    NoteCode.PROFILE: N_("network profile {profile}"),
    NoteCode.PROFILE_OFF: N_("the firewall is switched off for network profile {profile}: everything is allowed"),
    NoteCode.RPC: N_("the word RPC is read as the ports {ports}"),
}

LISTED: Final[Mapping[NoteCode, str]] = {
    NoteCode.COLUMN: N_("'{column}' as {field}"),
    NoteCode.COLUMN_IGNORED: "'{column}'",
    NoteCode.HIDDEN_SHEET: "'{sheet}'",
    NoteCode.OTHER_SHEET: "'{sheet}'",
}
"""Notes of which a file has many: all of a kind are one line."""

TRAITS: Final[Mapping[Trait, str]] = {
    Trait.KIND: N_("firewall {firewall} is of the kind {found}, the rules are for {expected}"),
    Trait.EVALUATION: N_(
        "firewall {firewall} has evaluation: {found}, the rules were written for {expected}; change that first"
    ),
    Trait.STATEFUL: N_(
        "firewall {firewall} has stateful: {found}, the rules were written for {expected}; change that first"
    ),
    Trait.DEFAULT: N_(
        "firewall {firewall} has default: {found}, the rules were written for {expected}; change that first"
    ),
}
"""Why imported rules cannot stand in a firewall of the topology."""


def problem_lines(say: Translator, error: RulesFileError, file: str) -> tuple[str, ...]:
    """One line for each problem: `FILE:LINE: what is wrong`, with the file as the user wrote it."""
    return tuple(_problem_line(say, problem, file) for problem in error.problems)


def _problem_line(say: Translator, problem: RulesProblem, file: str) -> str:
    line = "" if problem.line is None else f"{problem.line}:"
    params = _printable(problem.params)
    if problem.code is RulesProblemCode.FILE_TOO_LARGE:
        limit = problem.param("limit")
        params["limit"] = size(say, limit) if isinstance(limit, int) else ""
    return f"{printable(file)}:{line} {say(PROBLEMS[problem.code]).format(**params)}"


def summary_lines(say: Translator, imported: ImportedRules, firewall: str) -> tuple[str, ...]:
    """How many rules there were and what became of them, the opaque ones one by one, and what else to know."""
    return tuple(_summary(say, imported, firewall))


def _summary(say: Translator, imported: ImportedRules, firewall: str) -> Iterator[str]:
    total = say(N_("{firewall}: {read} rules read, {written} written, {opaque} opaque, {skipped} left out"))
    yield total.format(
        firewall=firewall,
        read=imported.read,
        written=len(imported.rules),
        opaque=len(imported.opaque),
        skipped=len(imported.skipped),
    )
    for one in imported.opaque[:MOST_LISTED]:
        reason = say(OPAQUE[one.reason]).format(detail=printable(one.detail))
        words = " " + say(N_("(in: {words})")).format(words=_short(printable(one.words))) if one.words else ""
        yield f"{printable(one.place)}: {say(N_('opaque'))}: {reason}{words}"
    if len(imported.opaque) > MOST_LISTED:
        yield say(N_("and {count} more")).format(count=len(imported.opaque) - MOST_LISTED)
    for reason in SkipReason:
        places = [one.place.rpartition(":")[2] for one in imported.skipped if one.reason is reason]
        if places:
            if all(place.isdecimal() for place in places):
                places.sort(key=int)
            text = say(N_("left out: {reason} ({count}): {places}"))
            shown = say(WHERE[imported.format]).format(places=_few(places))
            yield text.format(reason=say(SKIPPED[reason]), count=len(places), places=shown)
    yield from _notes(say, imported.notes)


def _few(places: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(printable(place) for place in places[:most])
    return shown if len(places) <= most else f"{shown}, …"


def _short(text: str) -> str:
    return text if len(text) <= MOST_WORDS else f"{text[: MOST_WORDS - 1]}…"


def _notes(say: Translator, notes: Sequence[Note]) -> Iterator[str]:
    told = set()
    for note in notes:
        if note.code not in LISTED:
            yield say(NOTES[note.code]).format(**_printable(note.params))
        elif note.code not in told:
            told.add(note.code)
            same = (other for other in notes if other.code is note.code)
            items = [say(LISTED[note.code]).format(**_printable(one.params)) for one in same]
            yield say(NOTES[note.code]).format(list=", ".join(items))


def _printable(params: Sequence[tuple[str, str | int]]) -> dict[str, str]:
    return {name: printable(value) for name, value in params}


def fragment(imported: ImportedRules, firewall: str) -> str:
    """The rules as text for a topology file: the groups that they name, and the firewall. For a network firewall the
    zones that it joins are the reader's to add."""
    lines: list[str] = []
    if imported.networks:
        lines.append("networks:")
        for name, parts in imported.networks.items():
            lines += group_lines(name, parts, 2)
    return "\n".join([*lines, "firewalls:", *firewall_lines(imported.firewall(firewall), 2)]) + "\n"
