"""What a guest's ledger says, in both languages."""

from __future__ import annotations

import pytest

from vbtui.engine.guest.ledger import Consistency, GuestState, UnexplainedPage
from vbtui.i18n import translator
from vbtui.render.guest_texts import VERDICTS, guest_document, guest_lines

BROKEN = GuestState(
    Consistency.BROKEN, 30, 0, 0, 3, (2,), tuple(UnexplainedPage(0, 4096 * n, n % 5) for n in range(12)), (1,)
)


def test_every_verdict_has_a_sentence() -> None:
    assert set(VERDICTS) == set(Consistency)


@pytest.mark.parametrize(
    ("state", "english", "german"),
    [
        (
            GuestState(Consistency.APPLICATION, 1),
            "application-consistent: the application was at rest, everything is in place\n1 transaction committed",
            "anwendungskonsistent: die Anwendung ruhte, alles steht an seinem Platz\n1 Transaktion abgeschlossen",
        ),
        (
            GuestState(Consistency.CRASH, 1234, 3, 1),
            (
                "crash-consistent: as after a power failure, the application has to recover when it starts\n"
                "1,234 transactions committed\n3 of them are written again from the ledger\n"
                "1 transaction had not committed and is rolled back"
            ),
            (
                "absturzkonsistent: wie nach einem Stromausfall, die Anwendung muss sich beim Start wiederherstellen\n"
                "1.234 Transaktionen abgeschlossen\n3 davon werden aus dem Protokoll erneut geschrieben\n"
                "1 Transaktion war nicht abgeschlossen und wird zurückgerollt"
            ),
        ),
        (
            GuestState(Consistency.NONE),
            "no ledger of an application on it",
            "kein Protokoll einer Anwendung darauf",
        ),
    ],
)
def test_a_state_is_told_in_both_languages(state: GuestState, english: str, german: str) -> None:
    assert "\n".join(guest_lines(translator("en"), state)) == english
    assert "\n".join(guest_lines(translator("de"), state)) == german


def test_what_is_broken_is_named_and_a_long_list_ends() -> None:
    lines = list(guest_lines(translator("en"), BROKEN, ("system.vmdk", "data\x1b.vmdk")))
    assert lines[:5] == [
        "broken: at no moment did the application look like this",
        "30 transactions committed",
        "disk 3: no ledger of it was looked at",
        "data\\x1b.vmdk: older than another disk of the machine knows it to be",
        "system.vmdk, byte 0: this page of the ledger is damaged",
    ]
    assert lines[5] == "system.vmdk, byte 4,096: not what transaction 1 wrote"
    assert (len(lines), lines[-1]) == (15, "and 2 pages more")
    document = guest_document(BROKEN, ("system.vmdk",))
    assert (document["consistency"], document["missing"], document["apart"]) == ("broken", [2], [1])
    assert document["unexplained"][1] == {"disk": "system.vmdk", "offset": 4096, "transaction": 1}
    assert len(document["unexplained"]) == 12
