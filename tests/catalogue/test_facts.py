"""What must hold for the catalogue as a whole: the core that the process description names, and what nobody needs."""

from __future__ import annotations

import pytest

from vbtui.catalogue import Catalogue, DataError, Need, Party, Row, When, load_catalogue, profiles
from vbtui.catalogue.loading import References, load_references
from vbtui.vocabulary import Component, Level, Phase, Profile, Service, StepId

NOBODY_NEEDS = [
    # backup data comes from the datastore or the host; only guest processing reaches guests
    (Party.PROXY, Party.GUEST),
    (Party.REPOSITORY, Party.GUEST),
    (Party.GUEST, Party.REPOSITORY),
    # a repository stores, it knows no vSphere
    (Party.REPOSITORY, Party.VCENTER),
    (Party.REPOSITORY, Party.ESXI_HOST),
    # jobs run on the backup server, the console only talks to it
    (Party.CONSOLE, Party.PROXY),
    (Party.CONSOLE, Party.REPOSITORY),
    (Party.CONSOLE, Party.VCENTER),
    (Party.CONSOLE, Party.ESXI_HOST),
    # every flow starts on the product's side
    (Party.ESXI_HOST, Party.BACKUP_SERVER),
    (Party.ESXI_HOST, Party.PROXY),
    (Party.VCENTER, Party.BACKUP_SERVER),
    (Party.VCENTER, Party.PROXY),
    (Party.GUEST, Party.BACKUP_SERVER),
    (Party.GUEST, Party.PROXY),
]
"""The negative matrix: pairs (from, to) that no required connection may have."""

KNOWN_PORTS = {
    *("tcp/22", "tcp/443", "tcp/902"),
    *("tcp/53", "udp/53", "udp/123"),
    *("tcp/88", "udp/88", "tcp/389", "udp/389", "tcp/636", "tcp/3268", "tcp/3269"),
    *("tcp/111", "udp/111", "tcp/2049", "udp/2049", "tcp/3260"),
    *("tcp/135", "udp/135", "tcp/137-139", "udp/137-139", "tcp/139", "udp/139", "tcp/445", "udp/445"),
    *("tcp/1433", "tcp/5432"),
    *("tcp/2500-2600", "tcp/2500-3300", "tcp/2500-5000", "tcp/49152-65535"),
    *("tcp/6160", "tcp/6162", "tcp/6173", "tcp/6190", "tcp/6290", "tcp/11731"),
    *("tcp/9392", "tcp/9396", "tcp/9405", "tcp/9419", "tcp/9420"),
}
"""Every port that a public source names for this process. A new one needs a source before it may stand here."""


@pytest.fixture(params=profiles())
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    profile: Profile = request.param
    return load_catalogue(profile)


@pytest.fixture
def required(catalogue: Catalogue) -> tuple[Row, ...]:
    return tuple(row for row in catalogue.rows if row.level is Level.REQUIRED)


# ---- the core ----


def test_the_proxy_reads_over_nfc_on_902_in_all_three_modes(catalogue: Catalogue) -> None:
    row = catalogue.row("nfc")
    assert (row.source, row.destination, row.destination_component) == (Party.PROXY, Party.ESXI_HOST, Component.NFC)
    assert [str(service) for service in row.services] == ["tcp/902"]
    assert row.steps == (StepId.DIRECT_STORAGE, StepId.HOTADD, StepId.NETWORK)
    assert row.level is Level.REQUIRED
    assert not row.when


def test_nothing_reaches_a_guest_in_the_first_phase(catalogue: Catalogue) -> None:
    early = [row for row in catalogue.rows if any(step.phase is Phase.INITIALISATION for step in row.steps)]
    assert early
    assert [row.id for row in early if row.destination is Party.GUEST] == []


@pytest.mark.parametrize(("source", "destination"), NOBODY_NEEDS)
def test_nobody_needs_this_connection(required: tuple[Row, ...], source: Party, destination: Party) -> None:
    assert [row.id for row in required if (row.source, row.destination) == (source, destination)] == []


def test_no_row_of_any_level_lets_a_proxy_into_a_guest(catalogue: Catalogue) -> None:
    assert [row.id for row in catalogue.rows if (row.source, row.destination) == (Party.PROXY, Party.GUEST)] == []


def test_vix_needs_no_port_of_the_guest(catalogue: Catalogue) -> None:
    for need in (Need.GUEST_WINDOWS, Need.GUEST_LINUX):
        vix = catalogue.alternatives(need, frozenset(When))[-1]
        assert vix.name == "vix"
        assert Party.GUEST not in {row.destination for row in vix.rows}


def test_vsphere_is_asked_by_the_backup_server_before_and_after_the_transport(catalogue: Catalogue) -> None:
    for need, step in (
        (Need.METADATA, StepId.METADATA),
        (Need.SNAPSHOT_CREATE, StepId.SNAPSHOT),
        (Need.SNAPSHOT_COMMIT, StepId.COMMIT),
    ):
        for way in catalogue.alternatives(need, frozenset({When.VCENTER})):
            assert [(row.source, row.destination, row.steps) for row in way.rows] == [
                (Party.BACKUP_SERVER, Party.VCENTER, (step,))
            ]


# ---- the data ----


def test_only_known_ports_occur(catalogue: Catalogue) -> None:
    known = {Service.parse(text) for text in KNOWN_PORTS}
    assert [(row.id, str(s)) for row in catalogue.rows for s in row.services if s not in known] == []


def test_every_row_has_a_source_of_its_catalogue_and_a_purpose_in_two_languages(catalogue: Catalogue) -> None:
    for row in catalogue.rows:
        assert row.citations, row.id
        for citation in row.citations:
            assert citation.source in catalogue.sources
            assert citation.place
            assert citation.confidence in {"high", "medium", "low"}
        assert set(row.purpose) == {"en", "de"}
        assert row.purpose["en"] != row.purpose["de"], row.id
        assert not any(brace in text for text in row.purpose.values() for brace in "{}")
        assert row.steps
        assert row.services


@pytest.mark.parametrize(
    ("profile", "own", "foreign"),
    [
        (Profile.DIAGRAM, "IMG", {"HC13", "HC1301", "EM13"}),
        (Profile.V12, "HC12", {"HC1301"}),
        (Profile.V13, "HC13", {"HC12"}),
    ],
)
def test_a_row_cites_its_own_version(profile: Profile, own: str, foreign: set[str]) -> None:
    """A page of another version counts only where no better source exists, and never with high confidence."""
    rows = load_catalogue(profile).rows
    assert any(c.source.key.startswith(own) for row in rows for c in row.citations)
    for row in rows:
        for citation in row.citations:
            if citation.source.key in foreign:
                assert citation.confidence != "high", row.id


def test_a_medium_row_is_marked_where_the_sources_are_silent() -> None:
    """PowerShell's port, the repository's control port in 13.0.2 and VIX through vCenter are readings."""
    v13 = load_catalogue(Profile.V13)
    for row_id, key in (
        ("powershell", "HC13"),
        ("transport-repository", "HC13"),
        ("guest-windows-vix-vcenter", "HC13"),
        ("guest-linux-vix-vcenter", "HC13"),
    ):
        assert {c.confidence for c in v13.row(row_id).citations if c.source.key == key} == {"medium"}


def test_row_ids_are_unique_and_rows_of_one_order_share_one_alternative(catalogue: Catalogue) -> None:
    ids = [row.id for row in catalogue.rows]
    assert len(set(ids)) == len(ids)
    names: dict[tuple[Need, int], str] = {}
    for row in catalogue.rows:
        assert names.setdefault((row.need, row.order), row.alternative) == row.alternative


def test_levels_follow_needs(catalogue: Catalogue) -> None:
    for row in catalogue.rows:
        expected = {
            Need.BACKUP_SERVICE: Level.LOCAL,
            Need.NAME_RESOLUTION: Level.INFRASTRUCTURE,
            Need.TIME: Level.INFRASTRUCTURE,
            Need.DIRECTORY: Level.INFRASTRUCTURE,
            Need.DEPLOYMENT: Level.DEPLOYMENT,
            Need.OPTIONAL: Level.OPTIONAL,
        }.get(row.need, Level.REQUIRED)
        assert row.level is expected, row.id


def test_ranges_are_on_demand_and_so_is_the_guest_runtime(catalogue: Catalogue) -> None:
    for row in catalogue.rows:
        wide = any(service.high - service.low >= 100 for service in row.services)
        assert row.on_demand == (wide or row.id == "guest-windows-runtime"), row.id


@pytest.fixture(scope="module")
def references() -> References:
    return load_references()


def test_every_disagreement_is_named_by_a_row_or_is_general(references: References) -> None:
    named = {d.id for profile in profiles() for row in load_catalogue(profile).rows for d in row.disagreements}
    general = {d.id for d in references.disagreements.values() if d.general}
    assert named | general == set(references.disagreements)
    assert not named & general


@pytest.mark.parametrize(
    "name",
    [
        "mover-direction",
        "run-server-side",
        "transport-port-first",
        "range-size",
        "range-of-older-servers",
        "repository-control-ports",
        "metadata-broker",
        "windows-guest-initiator",
        "vix-port",
        "linux-guest-initiator",
        "guest-log-range",
        "blocked-902",
        "transport-mode-scope",
        "mount-server-gateway",
        "powershell-port",
        "snapshot-hunter-rounds",
    ],
)
def test_a_known_conflict_is_recorded_in_two_languages_with_its_sources(references: References, name: str) -> None:
    record = references.disagreements[name]
    assert record.sources
    assert set(record.text) == {"en", "de"}
    assert record.text["en"] != record.text["de"]
    for text in record.text.values():
        assert "vbtui" in text, "it says what the tool does"


def test_a_catalogue_is_built_once() -> None:
    assert load_catalogue(Profile.V13) is load_catalogue(Profile.V13)
    assert profiles() == (Profile.DIAGRAM, Profile.V12, Profile.V13)


def test_a_wrong_data_file_is_a_value_error_with_its_place() -> None:
    error = DataError("ports/x.yaml", "nfc", "a list", 5)
    assert isinstance(error, ValueError)
    assert str(error) == "ports/x.yaml: nfc: expected a list, found 5"
