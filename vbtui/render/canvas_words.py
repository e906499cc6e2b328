"""The few words inside the drawn topology, in a language: short names that fit into a box.

In: a translator. Out: a `drawing.Wording`. The English words are the drawing's own; a test holds that every one of them
is marked here.
"""

from __future__ import annotations

from typing import Final

from vbtui.drawing import FIELD_WORDS, Wording
from vbtui.i18n import N_, Translator

MARKED: Final = frozenset(
    {
        # roles
        N_("backup server"),
        N_("console"),
        "Enterprise Manager",
        N_("REST client"),
        N_("config DB"),
        "vCenter",
        "ESXi",
        N_("proxy"),
        N_("repository"),
        N_("gateway"),
        N_("guest proxy"),
        N_("storage"),
        N_("share"),
        "DNS",
        "NTP",
        N_("directory"),
        N_("guest"),
        # components
        N_("Console"),
        "PowerShell",
        "Backup Service",
        "Backup Manager",
        N_("Config DB"),
        N_("Transport"),
        N_("Installer"),
        "Data Mover",
        N_("Guest proxy"),
        N_("vSphere API"),
        "NFC",
        "vSCSI",
        N_("Guest"),
        N_("Runtime"),
        "SSH",
        "VMware Tools",
        N_("Storage"),
        N_("Directory"),
        N_("OS"),
        # rows
        N_("datastores"),
        N_("VM on {host}"),
    }
)
"""Every word of the drawing, marked where it is to be translated."""


def canvas_wording(translator: Translator) -> Wording:
    """The drawing's words in a language."""
    return Wording(
        roles={role: translator(word) for role, word in FIELD_WORDS.roles.items()},
        components={component: translator(word) for component, word in FIELD_WORDS.components.items()},
        datastores=translator(FIELD_WORDS.datastores),
        vm_on=translator(FIELD_WORDS.vm_on),
    )
