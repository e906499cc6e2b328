"""Every need in every profile has the connections that the public sources give it, and no others.

The table is written by hand from the vendor's tables and diagrams, not printed by the catalogue.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.catalogue import Need, When, load_catalogue, profiles
from vbtui.vocabulary import Profile, services_text

ANY_FACT = frozenset(When)

NFS = "tcp/111, tcp/2049, udp/111, udp/2049"
RPC = "tcp/49152-65535"
DRAWN_GUEST = "tcp/135, tcp/137-139, tcp/445, udp/135, udp/137-139, udp/445"
DOMAIN = "tcp/88, tcp/139, tcp/389, tcp/445, tcp/636, tcp/3268, tcp/3269, udp/88, udp/139, udp/389, udp/445"

# need, alternative, from -> to, conditions; then the services in the diagrams, in 12.3 and in 13.0.2 ("" = no row)
CONNECTIONS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # 1.0 who may start the job
    ("trigger-console", "standard", "console -> backup_server", "",
     "tcp/9392", "tcp/9392, tcp/9396, tcp/9420", "tcp/443"),
    ("trigger-enterprise-manager", "standard", "enterprise_manager -> backup_server", "",
     "tcp/9392", "tcp/9392, tcp/9405", "tcp/443"),
    ("trigger-enterprise-manager", "standard", "enterprise_manager -> backup_server", "windows-backup-server",
     "", "", "tcp/9392"),
    ("trigger-powershell", "standard", "powershell -> backup_server", "",
     "tcp/9392", "tcp/9392, tcp/9396, tcp/9420", "tcp/443"),
    ("trigger-rest", "standard", "rest_client -> backup_server", "", "", "tcp/9419", "tcp/9419"),
    # 1.1 to 1.3 on the backup server, and its database
    ("backup-service", "standard", "backup_server -> backup_server", "", "tcp/9392", "tcp/9392", "tcp/9392"),
    ("config-database", "remote", "backup_server -> config_db", "remote-postgresql",
     "tcp/5432", "tcp/5432", "tcp/5432"),
    ("config-database", "remote", "backup_server -> config_db", "remote-mssql", "tcp/1433", "tcp/1433", "tcp/1433"),
    # 1.4 to 1.6 control and data inside the backup infrastructure
    ("transport-service-proxy", "standard", "backup_server -> proxy", "", "tcp/6162", "tcp/6162", "tcp/6162"),
    ("transport-service-repository", "standard", "backup_server -> repository", "", "tcp/6162", "tcp/6162", "tcp/6162"),
    ("appliance-callback", "standard", "appliance -> backup_server", "appliance", "", "", "tcp/443"),
    ("rules-proxy", "transport-port", "backup_server -> proxy", "", "", "", "tcp/6162"),
    ("rules-proxy", "range", "backup_server -> proxy", "", "tcp/2500-5000", "tcp/2500-3300", "tcp/2500-3300"),
    ("rules-repository", "transport-port", "backup_server -> repository", "", "", "", "tcp/6162"),
    ("rules-repository", "range", "backup_server -> repository", "", "tcp/2500-5000", "tcp/2500-3300", "tcp/2500-3300"),
    ("data-movers", "transport-port", "proxy -> repository", "", "", "", "tcp/6162"),
    ("data-movers", "range", "proxy -> repository", "", "tcp/2500-5000", "tcp/2500-3300", "tcp/2500-3300"),
    ("data-movers-reverse", "transport-port", "repository -> proxy", "", "", "", "tcp/6162"),
    ("data-movers-reverse", "range", "repository -> proxy", "", "tcp/2500-5000", "tcp/2500-3300", "tcp/2500-3300"),
    # 1.7, 3 and 6: the backup server and vSphere
    ("metadata", "standard", "backup_server -> vcenter", "vcenter", "tcp/443", "tcp/443", "tcp/443"),
    ("metadata", "standard", "backup_server -> esxi_host", "standalone", "tcp/443", "tcp/443", "tcp/443"),
    ("snapshot-create", "standard", "backup_server -> vcenter", "vcenter", "tcp/443", "tcp/443", "tcp/443"),
    ("snapshot-create", "standard", "backup_server -> esxi_host", "standalone", "tcp/443", "tcp/443", "tcp/443"),
    ("snapshot-commit", "standard", "backup_server -> vcenter", "vcenter", "tcp/443", "tcp/443", "tcp/443"),
    ("snapshot-commit", "standard", "backup_server -> esxi_host", "standalone", "tcp/443", "tcp/443", "tcp/443"),
    # 2 guests
    ("guest-interaction-proxy", "standard", "backup_server -> guest_interaction_proxy", "",
     "tcp/6190, tcp/6290", "tcp/445, tcp/6190, tcp/6290", "tcp/6190"),
    ("guest-windows", "network", "guest_interaction_proxy -> guest", "",
     DRAWN_GUEST, "tcp/135, tcp/445", "tcp/135, tcp/445"),
    ("guest-windows", "network", "guest_interaction_proxy -> guest", "", RPC, RPC, ""),
    ("guest-windows", "network", "guest_interaction_proxy -> guest", "", "", "", "tcp/6173"),
    ("guest-windows", "vix", "guest_interaction_proxy -> vcenter", "vcenter", "", "tcp/443", "tcp/443"),
    ("guest-windows", "vix", "guest_interaction_proxy -> esxi_host", "", "", "tcp/443", "tcp/443"),
    ("guest-windows", "vix", "backup_server -> esxi_host", "", "tcp/902", "", ""),
    ("guest-linux", "network", "guest_interaction_proxy -> guest", "", "", "tcp/22", "tcp/22"),
    ("guest-linux", "network", "backup_server -> guest", "", "tcp/22", "tcp/22", "tcp/22"),
    ("guest-linux", "vix", "guest_interaction_proxy -> vcenter", "vcenter", "", "tcp/443", "tcp/443"),
    ("guest-linux", "vix", "guest_interaction_proxy -> esxi_host", "", "", "tcp/443", "tcp/443"),
    ("guest-linux", "vix", "backup_server -> esxi_host", "", "tcp/902", "", ""),
    # 5 reading and storing
    ("proxy-vsphere", "standard", "proxy -> vcenter", "vcenter", "tcp/443", "tcp/443", "tcp/443"),
    ("proxy-vsphere", "standard", "proxy -> esxi_host", "standalone", "tcp/443", "tcp/443", "tcp/443"),
    ("nfc", "standard", "proxy -> esxi_host", "", "tcp/902", "tcp/902", "tcp/902"),
    ("storage-iscsi", "standard", "proxy -> storage", "", "tcp/3260", "tcp/3260", "tcp/3260"),
    ("storage-nfs", "standard", "proxy -> storage", "", NFS, NFS, NFS),
    ("share", "standard", "repository -> share", "share-smb", "tcp/445", "tcp/445", "tcp/445"),
    ("share", "standard", "repository -> share", "share-nfs", NFS, NFS, NFS),
    # names, time, identity
    ("name-resolution", "standard", "any_server -> dns", "", "udp/53", "udp/53", "tcp/53, udp/53"),
    ("time", "standard", "backup_server -> ntp", "linux-backup-server", "", "", "udp/123"),
    ("time", "standard", "appliance -> ntp", "appliance", "", "", "udp/123"),
    ("directory", "standard", "backup_server -> directory", "", "", "", DOMAIN),
    ("directory", "standard", "repository -> directory", "share-smb", "", "", "tcp/88, tcp/389"),
    # only while something is installed or added
    ("deployment", "standard", "backup_server -> proxy", "", "tcp/6160", "tcp/6160", "tcp/6160"),
    ("deployment", "standard", "backup_server -> repository", "", "tcp/6160", "tcp/6160", "tcp/6160"),
    ("deployment", "standard", "backup_server -> proxy", "windows-destination", "", "tcp/135, tcp/445", "tcp/445"),
    ("deployment", "standard", "backup_server -> repository", "windows-destination", "", "tcp/135, tcp/445", "tcp/445"),
    ("deployment", "standard", "backup_server -> proxy", "windows-destination", "", RPC, ""),
    ("deployment", "standard", "backup_server -> repository", "windows-destination", "", RPC, ""),
    ("deployment", "standard", "backup_server -> proxy", "linux-destination", "", "tcp/22", "tcp/22"),
    ("deployment", "standard", "backup_server -> repository", "linux-destination", "", "tcp/22", "tcp/22"),
    ("deployment", "standard", "backup_server -> guest_interaction_proxy", "", "", "", "tcp/6160"),
    ("deployment", "standard", "backup_server -> guest_interaction_proxy", "windows-destination",
     "", "", "tcp/135, tcp/445"),
    ("deployment", "standard", "backup_server -> guest_interaction_proxy", "linux-destination", "", "", "tcp/22"),
    ("deployment", "standard", "backup_server -> appliance", "appliance", "", "", "tcp/443"),
    # listed for a normal run, opened by no step
    ("optional", "standard", "enterprise_manager -> backup_server", "", "", "tcp/2500-2600", "tcp/2500-2600"),
    ("optional", "standard", "enterprise_manager -> backup_server", "windows-backup-server", "", RPC, RPC),
    ("optional", "standard", "guest_interaction_proxy -> repository", "gateway", "", "", "tcp/2500-3300, tcp/6162"),
    ("optional", "standard", "console -> repository", "", "", "", "tcp/2500-3300, tcp/6162"),
    ("optional", "standard", "backup_server -> esxi_host", "vcenter", "", "tcp/443", "tcp/443"),
    ("optional", "standard", "backup_server -> esxi_host", "", "", "tcp/902", "tcp/902"),
    ("optional", "standard", "proxy -> backup_server", "", "", "tcp/2500-3300", "tcp/2500-3300, tcp/6162"),
    ("optional", "standard", "repository -> backup_server", "", "", "tcp/2500-3300", "tcp/2500-3300, tcp/6162"),
    ("optional", "standard", "guest_interaction_proxy -> guest", "", "", "tcp/2500-3300", "tcp/2500-3300"),
    ("optional", "standard", "guest -> guest_interaction_proxy", "", "", "tcp/2500-3300", ""),
    ("optional", "standard", "guest_interaction_proxy -> guest", "", "", "tcp/6160, tcp/11731", "tcp/6160, tcp/11731"),
    ("optional", "standard", "backup_server -> guest", "", "", "tcp/6160, tcp/6162", "tcp/6160, tcp/6162"),
    ("optional", "standard", "guest_interaction_proxy -> guest", "", "", "", "tcp/6160, tcp/6162"),
    ("optional", "standard", "guest -> directory", "", "", "", "tcp/88, tcp/389"),
)  # fmt: skip

COLUMN = {Profile.DIAGRAM: 4, Profile.V12: 5, Profile.V13: 6}


@pytest.mark.parametrize("profile", profiles())
@pytest.mark.parametrize("need", Need)
def test_a_need_has_exactly_the_connections_of_the_table(profile: Profile, need: Need) -> None:
    expected = Counter(
        (*line[1:4], line[COLUMN[profile]]) for line in CONNECTIONS if line[0] == need and line[COLUMN[profile]]
    )
    found = Counter(
        (
            row.alternative,
            f"{row.source} -> {row.destination}",
            ", ".join(sorted(row.when)),
            services_text(row.services),
        )
        for row in load_catalogue(profile).rows
        if row.need is need
    )
    assert found == expected


def test_only_these_needs_have_no_connection_in_a_profile() -> None:
    missing = {
        (need.value, profile.value)
        for profile in profiles()
        for need in Need
        if not load_catalogue(profile).alternatives(need, ANY_FACT)
    }
    assert missing == {
        ("trigger-rest", "diagram"),
        ("appliance-callback", "diagram"),
        ("appliance-callback", "v12"),
        ("time", "diagram"),
        ("time", "v12"),
        ("directory", "diagram"),
        ("directory", "v12"),
        ("optional", "diagram"),
    }


@pytest.mark.parametrize(
    ("profile", "need", "names"),
    [
        (Profile.DIAGRAM, Need.RULES_PROXY, ["range"]),
        (Profile.V12, Need.RULES_REPOSITORY, ["range"]),
        (Profile.V13, Need.RULES_PROXY, ["transport-port", "range"]),
        (Profile.V13, Need.RULES_REPOSITORY, ["transport-port", "range"]),
        (Profile.V12, Need.DATA_MOVERS, ["range"]),
        (Profile.V13, Need.DATA_MOVERS, ["transport-port", "range"]),
        (Profile.V13, Need.DATA_MOVERS_REVERSE, ["transport-port", "range"]),
        (Profile.DIAGRAM, Need.GUEST_WINDOWS, ["network", "vix"]),
        (Profile.V12, Need.GUEST_WINDOWS, ["network", "vix"]),
        (Profile.V13, Need.GUEST_WINDOWS, ["network", "vix"]),
        (Profile.DIAGRAM, Need.GUEST_LINUX, ["network", "vix"]),
        (Profile.V13, Need.GUEST_LINUX, ["network", "vix"]),
        (Profile.V13, Need.NFC, ["standard"]),
    ],
)
def test_alternatives_are_tried_in_their_order(profile: Profile, need: Need, names: list[str]) -> None:
    ways = load_catalogue(profile).alternatives(need, ANY_FACT)
    assert [way.name for way in ways] == names
    assert [way.order for way in ways] == list(range(1, len(names) + 1))


@pytest.mark.parametrize(
    ("profile", "need", "facts", "rows"),
    [
        (Profile.V13, Need.METADATA, {When.VCENTER}, ["metadata-vcenter"]),
        (Profile.V13, Need.METADATA, {When.STANDALONE}, ["metadata-host"]),
        (Profile.V13, Need.METADATA, set(), []),
        (Profile.V13, Need.CONFIG_DATABASE, set(), []),
        (Profile.V12, Need.CONFIG_DATABASE, {When.REMOTE_DATABASE_MSSQL}, ["config-database-mssql"]),
        (Profile.V13, Need.APPLIANCE_CALLBACK, {When.VCENTER}, []),
        (Profile.V13, Need.APPLIANCE_CALLBACK, {When.VCENTER, When.APPLIANCE}, ["appliance-callback"]),
        (Profile.V13, Need.TRIGGER_ENTERPRISE_MANAGER, {When.LINUX_BACKUP_SERVER}, ["enterprise-manager"]),
        (
            Profile.V13,
            Need.TRIGGER_ENTERPRISE_MANAGER,
            {When.WINDOWS_BACKUP_SERVER},
            ["enterprise-manager", "enterprise-manager-first-contact"],
        ),
        (
            Profile.V13,
            Need.GUEST_WINDOWS,
            {When.STANDALONE},
            ["guest-windows-share", "guest-windows-runtime", "guest-windows-vix-host"],
        ),
        (Profile.V13, Need.SHARE, {When.SHARE_SMB}, ["share-smb"]),
        (Profile.V13, Need.SHARE, {When.SHARE_NFS}, ["share-nfs"]),
    ],
)
def test_rows_count_only_where_their_conditions_hold(
    profile: Profile, need: Need, facts: set[When], rows: list[str]
) -> None:
    ways = load_catalogue(profile).alternatives(need, frozenset(facts))
    assert [row.id for way in ways for row in way.rows] == rows


def test_a_row_is_found_by_its_id_and_an_unknown_id_is_an_error() -> None:
    catalogue = load_catalogue(Profile.V13)
    assert catalogue.row("nfc").need is Need.NFC
    with pytest.raises(KeyError):
        load_catalogue(Profile.V12).row("appliance-callback")


@given(profile=st.sampled_from(profiles()), need=st.sampled_from(Need), facts=st.frozensets(st.sampled_from(When)))
def test_filtering_keeps_every_row_that_holds_once_and_none_that_does_not(
    profile: Profile, need: Need, facts: frozenset[When]
) -> None:
    catalogue = load_catalogue(profile)
    ways = catalogue.alternatives(need, facts)
    kept = [row.id for way in ways for row in way.rows]
    assert sorted(kept) == sorted(
        row.id for row in catalogue.rows if row.need is need and all(condition in facts for condition in row.when)
    )
    assert [way.order for way in ways] == sorted(way.order for way in ways)
    assert all(way.rows for way in ways)
    assert all((row.alternative, row.order) == (way.name, way.order) for way in ways for row in way.rows)
