"""Rule sheets: spellings of cells, columns, and sheets that are not what they should be."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from vbtui.firewall.importers import (
    ImportedRules,
    NoteCode,
    OpaqueReason,
    RulesFileError,
    RulesFormat,
    RulesProblemCode,
    SkipReason,
    read_sheet,
)
from vbtui.topology import Topology
from vbtui.vocabulary import Action

Asking = Callable[[ImportedRules], Callable[..., str]]

HEADER = ("Name", "Source", "Destination", "Service", "Action")


def sheet(*rows: Sequence[str], header: Sequence[str] = HEADER, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue().encode()


def read(data: bytes, **options: Any) -> ImportedRules:
    return read_sheet(data, file="rules.csv", format=RulesFormat.CSV, **options)


def one(
    source: str = "any", destination: str = "any", service: str = "any", action: str = "allow", **options: Any
) -> Any:
    return read(sheet(("r", source, destination, service, action)), **options)


SIDES = [
    ("any", "10.0.0.1", True),
    ("*", "fd00::1", True),
    ("Alle", "10.0.0.1", True),
    ("0.0.0.0/0", "10.0.0.1", True),
    ("0.0.0.0/0", "fd00::1", False),
    ("10.0.0.0/8", "10.255.255.255", True),
    ("10.0.0.0/255.255.255.0", "10.0.0.255", True),
    ("10.0.0.0 255.255.255.0", "10.0.1.0", False),
    ("10.0.0.0 / 24", "10.0.0.9", True),
    ("10.0.0.1-10.0.0.9", "10.0.0.9", True),
    ("10.0.0.1 – 10.0.0.9", "10.0.0.10", False),
    ("fd00::1-fd00::9", "fd00::9", True),
    ("host 10.0.0.1", "10.0.0.1", True),
    ("10.0.0.1, 10.0.0.3", "10.0.0.3", True),
    ("10.0.0.1;10.0.0.3", "10.0.0.2", False),
    ("10.0.0.1\n10.0.0.3", "10.0.0.3", True),
    ("10.0.0.1 10.0.0.3", "10.0.0.3", True),
    ("10.0.0.1 10.0.0.3 10.0.0.5 10.0.0.7 10.0.0.9-10.0.0.12", "10.0.0.11", True),
    ("not 10.0.0.0/8", "10.0.0.1", False),
    ("!10.0.0.0/8", "11.0.0.1", True),
    ("nicht 10.0.0.0/8, nicht 11.0.0.0/8", "11.0.0.1", False),
    ("!10.0.0.0/8", "fd00::1", True),
]


@pytest.mark.parametrize(("text", "address", "inside"), SIDES)
@pytest.mark.parametrize("side", ["source", "destination"])
def test_spellings_of_addresses(text: str, address: str, inside: bool, side: str, asking: Asking) -> None:
    imported = one(**{side: text})
    assert imported.opaque == ()
    other = "fd00:9::1" if ":" in address else "10.9.0.1"
    flow = (address, other) if side == "source" else (other, address)
    assert asking(imported)(*flow, "tcp", 80) == ("allow" if inside else "deny")


SERVICES = [
    ("any", ("any",)),
    ("ip", ("any",)),
    ("tcp/443", ("tcp/443",)),
    ("443/tcp", ("tcp/443",)),
    ("TCP 443", ("tcp/443",)),
    ("TCP-443", ("tcp/443",)),
    ("tcp_8080-8090", ("tcp/8080-8090",)),
    ("tcp:443", ("tcp/443",)),
    ("UDP/53", ("udp/53",)),
    ("tcp/udp 53", ("tcp/53", "udp/53")),
    ("TCP 443, 445", ("tcp/443", "tcp/445")),
    ("tcp 443 udp 53", ("tcp/443", "udp/53")),
    ("2500-3300/tcp", ("tcp/2500-3300",)),
    ("tcp", ("tcp/1-65535",)),
    ("https", ("tcp/443",)),
    ("HTTPS; ssh", ("tcp/443", "tcp/22")),
    ("ssh https", ("tcp/22", "tcp/443")),
    ("dns", ("tcp/53", "udp/53")),
    ("icmp, tcp/22", ("tcp/22",)),
]


@pytest.mark.parametrize(("text", "services"), SERVICES)
def test_spellings_of_services(text: str, services: tuple[str, ...]) -> None:
    imported = one(service=text)
    assert (imported.opaque, imported.rules[0].services) == ((), services)


PORTS = [
    ("TCP", "443", ("tcp/443",)),
    ("udp", "53, 100-200", ("udp/53", "udp/100-200")),
    ("TCP/UDP", "53", ("tcp/53", "udp/53")),
    ("6", "any", ("tcp/1-65535",)),
    ("any", "any", ("any",)),
    ("tcp", "https", ("tcp/443",)),
    ("", "tcp/443", ("tcp/443",)),
]


@pytest.mark.parametrize(("protocol", "port", "services"), PORTS)
def test_protocol_and_port_in_columns_of_their_own(protocol: str, port: str, services: tuple[str, ...]) -> None:
    header = ("Quelle", "Ziel", "Protokoll", "Zielport", "Aktion")
    imported = read(sheet(("any", "any", protocol, port, "Erlauben"), header=header, delimiter=";"))
    assert (imported.opaque, imported.rules[0].services) == ((), services)


@pytest.mark.parametrize(
    ("word", "action"),
    [("Allow", "allow"), ("PERMIT", "allow"), ("accept", "allow"), ("erlauben", "allow"), ("Zulassen", "allow"),
     ("deny", "deny"), ("Drop", "deny"), ("Block", "deny"), ("verweigern", "deny"), ("verwerfen", "deny"),
     ("Reject", "reject"), ("ablehnen", "reject")],
)  # fmt: skip
def test_words_for_actions(word: str, action: str) -> None:
    assert one(action=word).rules[0].action == action


OPAQUE = [
    ({"source": "server.example.com"}, OpaqueReason.ADDRESS),
    ({"source": "10.0.0.5/24"}, OpaqueReason.ADDRESS),
    ({"source": "10.0.0.1-9"}, OpaqueReason.ADDRESS),
    ({"source": "10.0.0.1, somebody"}, OpaqueReason.ADDRESS),
    ({"source": "all but 10.0.0.1"}, OpaqueReason.ADDRESS),
    ({"source": "not 10.0.0.1, 10.0.0.2"}, OpaqueReason.NEGATION),
    ({"source": ""}, OpaqueReason.EMPTY_CELL),
    ({"destination": "=A1"}, OpaqueReason.FORMULA),
    ({"service": "443"}, OpaqueReason.PROTOCOL_MISSING),
    ({"service": "Veeam stuff"}, OpaqueReason.SERVICE),
    ({"service": ""}, OpaqueReason.EMPTY_CELL),
    ({"action": "encrypt"}, OpaqueReason.ACTION),
    ({"action": ""}, OpaqueReason.EMPTY_CELL),
]


@pytest.mark.parametrize(("cells", "reason"), OPAQUE)
def test_what_is_not_understood_is_opaque_and_names_its_row(
    cells: dict[str, str], reason: OpaqueReason, asking: Asking
) -> None:
    imported = one(**cells)
    assert [(found.place, found.reason) for found in imported.opaque] == [("rules.csv:2", reason)]
    assert imported.rules[0].origin == "rules.csv:2" and imported.rules[0].raw
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 443) == "unknown"


def test_names_of_the_topology_are_known_and_none_is_guessed(classroom: Topology) -> None:
    known = classroom.model_copy(update={"networks": {"our-net": ()}})
    node, zone = known.nodes[0].name, known.zones[0].name
    imported = one(source=f"{node.upper()}, {zone}", destination="our-net", topology=known)
    assert [(side.node, side.zone) for side in imported.rules[0].source] == [(node, None), (None, zone)]
    assert imported.rules[0].destination[0].network == "our-net" and imported.networks == {}
    assert one(source=node).opaque, "without a topology nothing has a name"
    twice = known.model_copy(update={"networks": {node: ()}})
    assert [found.reason for found in one(source=node, topology=twice).opaque] == [OpaqueReason.NAME_AMBIGUOUS]


def test_a_service_of_the_topology_goes_before_a_well_known_name(classroom: Topology) -> None:
    service = next(iter(classroom.services), None)
    known = classroom.model_copy(update={"services": {**classroom.services, "https": ()}})
    assert one(service="https", topology=known).rules[0].services == ("https",)
    assert service is None or one(service=service, topology=known).rules[0].services == (service,)


def test_rows_that_hold_no_rule_or_another_protocol_are_left_out_and_told() -> None:
    rows = [
        ("Section: web", "", "", "", ""),
        ("p", "any", "any", "icmp", "allow"),
        ("n", "not any", "any", "any", "allow"),
        ("r", "any", "any", "any", "allow"),
    ]
    imported = read(sheet(*rows))
    assert len(imported.rules) == 1 and imported.read == 4
    assert [found.reason for found in imported.skipped] == [SkipReason.HEADING, SkipReason.PROTOCOL, SkipReason.NOTHING]


def test_switched_off_rows_and_columns_that_narrow_a_rule(asking: Asking) -> None:
    header = (*HEADER, "Enabled", "Schedule")
    rows = [
        ("a", "any", "any", "tcp/1", "allow", "no", "always"),
        ("b", "any", "any", "tcp/2", "allow", "ja", "nights"),
        ("c", "any", "any", "tcp/3", "allow", "", ""),
        ("d", "any", "any", "tcp/4", "allow", "maybe", ""),
    ]
    imported = read(sheet(*rows, header=header))
    ask = asking(imported)
    assert [ask("10.0.0.1", "10.0.0.2", "tcp", port) for port in (1, 2, 3, 4)] == [
        "deny",
        "unknown",
        "allow",
        "unknown",
    ]
    assert [found.reason for found in imported.opaque] == [OpaqueReason.COLUMN, OpaqueReason.ENABLED]


def test_zone_columns_narrow_a_side(classroom: Topology) -> None:
    header = (*HEADER, "Source zone", "Destination zone")
    zone = classroom.zones[0].name
    data = sheet(("a", "10.0.0.0/8", "any", "tcp/1", "allow", zone, "any"), header=header)
    (side,) = read(data, topology=classroom).rules[0].source
    assert (side.zone, str(side.cidr)) == (zone, "10.0.0.0/8")
    unknown = sheet(("a", "10.0.0.0/8", "any", "tcp/1", "allow", "port17", "any"), header=header)
    assert [found.reason for found in read(unknown, topology=classroom).opaque] == [OpaqueReason.COLUMN]


def test_a_sheet_says_nothing_of_default_state_and_evaluation() -> None:
    imported = one()
    assert (imported.default, imported.stateful, imported.evaluation) == (None, None, None)


HEADERS = {
    "Cisco ASDM": (
        "#,Enabled,Source,Destination,Service,Action,Hits,Logging,Time,Description",
        "1,True,any,any,tcp/443,Permit,7,,,x",
    ),
    "FortiGate": (
        "Name,From,To,Source,Destination,Schedule,Service,Action,NAT",
        "x,any,any,all,all,always,HTTPS,ACCEPT,Disabled",
    ),
    "Check Point": (
        "No.,Type,Name,Source,Destination,VPN,Services & Applications,Content,Action,Track,Install On",
        "1,Rule,x,Any,Any,Any,https,Any,Accept,Log,Policy Targets",
    ),
    "Panorama": (
        "Name,Source Zone,Source Address,Destination Zone,Destination Address,Application,Service,Action",
        "x,any,any,any,any,any,tcp-443,Allow",
    ),
    "German": ("Nr.;Bezeichnung;Quelle;Ziel;Dienst;Aktion;Bemerkung", "1;x;alle;alle;443/tcp;erlauben;y"),
}


@pytest.mark.parametrize("lines", HEADERS.values(), ids=HEADERS)
def test_usual_headers_are_recognised_and_told(lines: tuple[str, ...]) -> None:
    imported = read("\n".join(lines).encode())
    assert imported.opaque == ()
    assert (imported.rules[0].services, imported.rules[0].action) == (("tcp/443",), Action.ALLOW)
    assert {note.param("field") for note in imported.notes if note.code is NoteCode.COLUMN} >= {"source", "action"}


def test_columns_may_be_named_and_left_out() -> None:
    data = sheet(("10.0.0.1", "10.0.0.2", "22", "ok", "x"), header=("A", "B", "Service", "Action", "Status"))
    wanted = {"source": "A", "destination": " b ", "enabled": ""}
    imported = read(data, columns=wanted)
    assert str(imported.rules[0].source[0].cidr) == "10.0.0.1/32"
    assert {found.reason for found in imported.opaque} == {OpaqueReason.PROTOCOL_MISSING}


@pytest.mark.parametrize(
    ("data", "columns", "code", "line"),
    [
        (b"", {}, RulesProblemCode.FILE_EMPTY, None),
        (b" \n\n", {}, RulesProblemCode.FILE_EMPTY, None),
        (b"hello\nworld\n", {}, RulesProblemCode.NO_HEADER, None),
        (b"Source,Service,Action\nany,any,allow\n", {}, RulesProblemCode.MISSING_COLUMN, 1),
        (b"x\nSource,Destination,Action\nany,any,allow\n", {}, RulesProblemCode.MISSING_COLUMN, 2),
        (b"Source,Source,Destination,Service,Action\n", {}, RulesProblemCode.AMBIGUOUS_COLUMN, 1),
        (b"Source,Destination,Service,Action\n", {}, RulesProblemCode.NO_RULES, 1),
        (b"Source,Destination,Service,Action\n", {"sauce": "x"}, RulesProblemCode.UNKNOWN_FIELD, None),
        (b"Source,Destination,Service,Action\n", {"source": "Origin"}, RulesProblemCode.MISSING_COLUMN, 1),
        (sheet(("r", "10.0.0.9-10.0.0.1", "any", "any", "allow")), {}, RulesProblemCode.REVERSED_RANGE, 2),
        (sheet(("r", "any", "any", "tcp/90-80", "allow")), {}, RulesProblemCode.REVERSED_RANGE, 2),
        (sheet(("r", "any", "any", "tcp/65536", "allow")), {}, RulesProblemCode.PORT_OUT_OF_RANGE, 2),
        (sheet(("r", "any", "any", "tcp/0", "allow")), {}, RulesProblemCode.PORT_OUT_OF_RANGE, 2),
    ],
)
def test_a_broken_sheet_is_refused_with_its_row(
    data: bytes, columns: dict[str, str], code: RulesProblemCode, line: int | None
) -> None:
    with pytest.raises(RulesFileError) as error:
        read(data, columns=columns)
    assert (error.value.code, error.value.line) == (code, line)


def test_all_mistakes_are_told_at_once_with_the_line_on_which_each_row_begins() -> None:
    rows = [("a\nb", "10.0.0.9-10.0.0.1", "any", "any", "allow"), ("c", "any", "any", "tcp/9-1", "allow")]
    with pytest.raises(RulesFileError) as error:
        read(sheet(*rows))
    assert [(found.line, found.code) for found in error.value.problems] == [
        (2, RulesProblemCode.REVERSED_RANGE),
        (4, RulesProblemCode.REVERSED_RANGE),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_dialects_and_encodings(encoding: str, delimiter: str) -> None:
    data = sheet(("Büro", "10.0.0.1", "any", "ssh", "allow"), delimiter=delimiter).decode().encode(encoding)
    imported = read(data)
    assert imported.rules[0].name == "Buero"
    assert (NoteCode.ENCODING in {note.code for note in imported.notes}) is (encoding == "cp1252")


def test_excels_own_line_about_the_delimiter_counts_as_a_line() -> None:
    imported = read(b"sep=;\r\nSource;Destination;Service;Action\r\nany;any;ssh;allow\r\n")
    assert imported.rules[0].origin == "rules.csv:3"


def test_an_apostrophe_that_keeps_a_text_from_being_a_formula_is_no_part_of_it() -> None:
    assert read(sheet(("'=x", "any", "any", "ssh", "allow"))).rules[0].name == "x"


@pytest.mark.parametrize(
    ("text", "expires"),
    [
        ("2027-12-31", date(2027, 12, 31)),
        ("2027-12-31 00:00:00", date(2027, 12, 31)),
        ("2027/12/31", date(2027, 12, 31)),
        ("31.12.2027", date(2027, 12, 31)),
        ("1.2.2027", date(2027, 2, 1)),
        ("", None),
        ("-", None),
        ("never", None),
        ("unbefristet", None),
    ],
)
def test_the_day_on_which_a_rule_ends_is_read_as_people_write_it(text: str, expires: date | None) -> None:
    imported = read(sheet(("r", "any", "any", "ssh", "allow", text), header=(*HEADER, "Gültig bis")))
    assert imported.rules[0].expires == expires
    assert NoteCode.EXPIRY not in {note.code for note in imported.notes}


def test_a_day_that_cannot_be_read_is_left_out_and_told() -> None:
    header = (*HEADER, "Expires")
    rows = [("r", "any", "any", "ssh", "allow", day) for day in ("03/04/2027", "31.02.2027", "2027-01-31", "Q3")]
    imported = read(sheet(*rows, header=header))
    assert imported.opaque == () and [rule.expires for rule in imported.rules] == [None, None, date(2027, 1, 31), None]
    (note,) = [note for note in imported.notes if note.code is NoteCode.EXPIRY]
    assert [note.param(name) for name in ("count", "found", "place")] == [3, "03/04/2027", "rules.csv:2"]


def test_a_formula_where_nothing_is_decided_leaves_the_rule_as_it_is(asking: Asking) -> None:
    header = (*HEADER, "Comment", "Owner", "Ticket")
    imported = read(sheet(("r", "any", "any", "tcp/1", "allow", "=VLOOKUP(1,A:B,2)", "=A1", "=B1"), header=header))
    assert imported.opaque == ()
    assert asking(imported)("10.0.0.1", "10.0.0.2", "tcp", 1) == "allow"
    assert imported.rules[0].comment == "=VLOOKUP(1,A:B,2)"


@pytest.mark.parametrize(
    "word", ["any", "ALL", "alle Dienste", "All services", "any service", "alle Ports", "all ports"]
)
def test_spellings_of_every_service(word: str) -> None:
    imported = one(service=word)
    assert (imported.opaque, imported.rules[0].services) == ((), ("any",))


def test_what_is_kept_of_a_row_ends_with_its_last_value() -> None:
    assert (
        read(sheet(("r", "nobody", "any", "any", "allow", "", "", ""))).rules[0].raw == "r | nobody | any | any | allow"
    )
