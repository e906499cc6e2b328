"""The sentence of every problem that a topology file can have, in English, marked for translation.

Fields in braces are parameters of the problem (`ProblemCode` names them) and `where`, the data path. What was expected
and found is added behind the sentence by `problems`, unless the sentence itself has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vbtui.i18n import N_
from vbtui.topology import ProblemCode

PROBLEMS: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.FILE_MISSING: N_("there is no such file"),
    ProblemCode.FILE_IS_DIRECTORY: N_("this is a directory, not a file"),
    ProblemCode.FILE_NOT_REGULAR: N_("this is no regular file"),
    ProblemCode.FILE_UNREADABLE: N_("the file cannot be read ({reason})"),
    ProblemCode.FILE_EMPTY: N_("the file is empty"),
    ProblemCode.FILE_TOO_LARGE: N_("the file is larger than {limit}"),
    ProblemCode.FILE_NOT_TEXT: N_("this is not UTF-8 text without control characters ({found})"),
    ProblemCode.UNKNOWN_TOPOLOGY: N_("'{found}' is neither a file nor a shipped topology; shipped are {known}"),
    ProblemCode.SYNTAX: N_("this is not YAML: {detail}"),
    ProblemCode.TAB: N_("a tab where blanks are expected: YAML is indented with blanks only"),
    ProblemCode.DUPLICATE_KEY: N_("the key stands twice; first in line {first_line}"),
    ProblemCode.ANCHOR: N_("anchors (&) are not allowed"),
    ProblemCode.ALIAS: N_("aliases (*) are not allowed"),
    ProblemCode.TAG: N_("tags (!) are not allowed"),
    ProblemCode.SECOND_DOCUMENT: N_("a second document in one file is not allowed"),
    ProblemCode.TOO_DEEP: N_("nested deeper than {limit} levels"),
    ProblemCode.TOO_MANY_VALUES: N_("more than {limit} values"),
    ProblemCode.KEY_NOT_TEXT: N_("a key must be text"),
    ProblemCode.UNKNOWN_KEY: N_("unknown key"),
    ProblemCode.MISSING_KEY: N_("the key '{expected}' is missing"),
    ProblemCode.WRONG_TYPE: N_("wrong type"),
    ProblemCode.BAD_VALUE: N_("this value is not possible"),
    ProblemCode.BAD_NAME: N_(
        "this is not a name: letters, digits, '_', '.' and '-', at most 63, the first a letter, digit or '_'"
    ),
    ProblemCode.OUT_OF_RANGE: N_("out of range"),
    ProblemCode.TOO_FEW: N_("too few"),
    ProblemCode.TOO_MANY: N_("too many"),
    ProblemCode.NOT_PRINTABLE: N_("text with characters that cannot be printed"),
    ProblemCode.BAD_SIZE: N_("this is not a size"),
    ProblemCode.BAD_SERVICE: N_("this is not a service"),
    ProblemCode.PORT_OUT_OF_RANGE: N_("a port is out of range"),
    ProblemCode.BAD_ADDRESS: N_("this is not an IP address"),
    ProblemCode.BAD_NETWORK: N_("this is not a network in CIDR form"),
    ProblemCode.BAD_RANGE: N_("this is not a range of addresses, first to last"),
    ProblemCode.HOST_BITS: N_("the network has bits set behind its prefix"),
    ProblemCode.BAD_DATE: N_("this is not a date"),
    ProblemCode.EMPTY_SELECTOR: N_("the selector selects nothing"),
    ProblemCode.RESERVED_NAME: N_("this name is reserved"),
    ProblemCode.UNKNOWN_REFERENCE: N_("there is no {kind} of this name"),
    ProblemCode.WRONG_ROLE: N_("this node does not have the role that is needed here"),
    ProblemCode.WRONG_KIND: N_("this firewall is of the other kind"),
    ProblemCode.DUPLICATE_NAME: N_("a second {kind} of this name; the first is in line {first_line}"),
    ProblemCode.DUPLICATE_ADDRESS: N_("{other} has this address already, in line {first_line}"),
    ProblemCode.DUPLICATE_ENTRY: N_("listed twice; first in line {first_line}"),
    ProblemCode.ADDRESS_OUTSIDE_ZONE: N_("the address lies outside zone {zone}"),
    ProblemCode.OVERLAPPING_ZONES: N_("overlaps {other_cidr} of zone {other}, in line {first_line}"),
    ProblemCode.NO_ADDRESS: N_("this machine has no address"),
    ProblemCode.INCOMPLETE_ADDRESS: N_("an address needs its zone, and a zone its address"),
    ProblemCode.ADDRESS_TWICE: N_("either zone and address, or addresses, not both"),
    ProblemCode.DATASTORE_NOT_SEEN: N_("host {host} does not see this datastore"),
    ProblemCode.VM_WITHOUT_HOST: N_("a machine that is a VM needs its ESXi host"),
    ProblemCode.HOST_WITHOUT_VM: N_("only a machine that is a VM has an ESXi host"),
    ProblemCode.TOO_FEW_ZONES: N_("a network firewall joins at least two zones"),
    ProblemCode.HOST_FIREWALL_CONNECTS: N_("a host firewall joins no zones"),
    ProblemCode.HOST_DEFAULT_ON_NETWORK: N_("a network firewall has one default, not one per direction"),
    ProblemCode.DIRECTION_ON_NETWORK: N_("only rules of a host firewall have a direction"),
    ProblemCode.NO_ROLE: N_("no node has a role that is needed"),
    ProblemCode.IMAGE_OUTSIDE: N_("the image lies outside the folder of the topology file"),
    ProblemCode.USED_OVER_SIZE: N_("more is used than the disk can hold"),
    ProblemCode.PATH_TO_ITSELF: N_("a path leads from one zone to another, not to itself"),
    ProblemCode.AMBIGUOUS_PATH: N_(
        "two equal ways from {source} to {destination}: over {first}, or over {second}; name one under paths"
    ),
    ProblemCode.LONELY_ZONE: N_(
        "zone {zone} has no path to any other: name it under connects of a firewall, or under paths"
    ),
    ProblemCode.NO_EVENT: N_("no event of the walk fits"),
    ProblemCode.UNKNOWN_PRESS: N_("no key has this name"),
    ProblemCode.RUN_STARTED: N_("a scene performs no job: name a saved run under 'run'"),
    ProblemCode.APP_ENDED: N_("the scene goes on here after the app has ended"),
    ProblemCode.MORE: N_("and {count} more"),
}

KINDS: Final[Mapping[str, str]] = {
    "zone": N_("zone"),
    "datastore": N_("datastore"),
    "node": N_("node"),
    "machine": N_("machine"),
    "vm": N_("VM"),
    "firewall": N_("firewall"),
    "host": N_("ESXi host"),
    "vcenter": N_("vCenter"),
    "service": N_("service"),
    "network": N_("address group"),
    "rule": N_("rule"),
    "job": N_("job"),
    "event": N_("event"),
    "change": N_("change"),
    "code": N_("message code"),
    "run": N_("topology"),
    "shot": N_("picture"),
    "disk": N_("disk"),
    "proxy": N_("proxy"),
    "repository": N_("repository"),
    "gateway": N_("gateway server"),
    "array": N_("storage array"),
    "share": N_("file share"),
}
"""What a reference means, by the problem's `kind`; a kind that is not here is shown as it is."""

TYPES: Final[Mapping[str, str]] = {
    "text": N_("text"),
    "integer": N_("a whole number"),
    "number": N_("a number"),
    "boolean": N_("true or false"),
    "list": N_("a list"),
    "mapping": N_("a mapping"),
    "nothing": N_("nothing"),
}
"""Types of YAML values, by `expected` and `found_type` of a wrong type."""
