"""Keys of one's own: what can be met is met, everything else is told and changes nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pictures import Stage, perform
from strategies import examples

from vbtui.i18n import translator
from vbtui.ui.keys import WALKTHROUGH_KEYS, name_of, normal_key
from vbtui.ui.keys.keymap import Keymap, KeyWish, Trouble, is_key, keymap_of
from vbtui.ui.keys.tables import KEY_TABLES
from vbtui.ui.screens.help import HelpScreen

NAMES = sorted(
    name_of(action, screen) for screen, table in KEY_TABLES.items() for key in table for _, action in key.keys
)


def wish(action: str, *keys: str) -> KeyWish:
    return KeyWish(action, keys, f"config.yaml:{abs(hash(keys)) % 90}:3")


def troubles(*wishes: KeyWish) -> list[tuple[str, Trouble]]:
    return [(one.wish.action, one.trouble) for one in keymap_of(wishes, KEY_TABLES)[1]]


def test_no_key_stands_twice_in_the_tables() -> None:
    for screen, table in KEY_TABLES.items():
        keys = [normal_key(one) for key in table for names, _ in key.keys for one in names.split(",")]
        assert sorted(keys) == sorted(set(keys)), screen


def test_every_key_of_the_tables_is_one() -> None:
    for table in KEY_TABLES.values():
        for key in table:
            for names, _ in key.keys:
                assert all(is_key(one) for one in names.split(",")), names


def test_a_wish_is_met_by_its_keys_and_by_their_names() -> None:
    keymap, complaints = keymap_of([wish("walkthrough.play", "F6", "%", "ctrl+x")], KEY_TABLES)
    assert complaints == ()
    assert keymap == Keymap((("walkthrough.play", ("f6", "percent_sign", "ctrl+x")),))


def test_what_cannot_be_met_is_told() -> None:
    assert troubles(wish("walkthrough.plya", "x")) == [("walkthrough.plya", Trouble.UNKNOWN_ACTION)]
    assert troubles(wish("walkthrough.play", "spce")) == [("walkthrough.play", Trouble.UNKNOWN_KEY)]
    assert troubles(wish("walkthrough.play", "ctrl+c")) == [("walkthrough.play", Trouble.RESERVED)]
    assert troubles(wish("walkthrough.play", "q")) == [("walkthrough.play", Trouble.CLASH)]


def test_two_actions_may_change_their_keys() -> None:
    assert troubles(wish("walkthrough.run", "q"), wish("walkthrough.quit", "r")) == []


def test_where_one_of_two_is_not_met_the_other_is_not_either() -> None:
    found = troubles(wish("walkthrough.run", "q"), wish("walkthrough.quit", "r", "space"))
    assert sorted(found) == [("walkthrough.quit", Trouble.CLASH), ("walkthrough.run", Trouble.CLASH)]


def test_a_complaint_names_place_action_key_and_who_has_it() -> None:
    complaint = keymap_of([KeyWish("walkthrough.play", ("q",), "config.yaml:7:3")], KEY_TABLES)[1][0]
    said = complaint.said(translator("en"))
    assert said == "config.yaml:7:3: walkthrough.play: the key 'q' is that of walkthrough.quit; ignored"
    near = keymap_of([KeyWish("walkthrough.plya", ("z",), "config.yaml:8:3")], KEY_TABLES)[1][0]
    assert "did you mean walkthrough.play?" in near.said(translator("en"))


KEY = (
    st.sampled_from(["q", "r", "space", "f9", "F1", "ctrl+c", "?", "nothing", "", ",", "ctrl+", "\x1b", "ö"])
    | st.text()
)
WISHES = st.lists(
    st.builds(
        KeyWish,
        st.sampled_from(NAMES) | st.text(max_size=20),
        st.lists(KEY, min_size=1, max_size=3).map(tuple),
        st.just("f:1:1"),
    ),
    max_size=8,
)


@given(WISHES)
@examples(60)
def test_no_wishes_make_two_actions_of_a_screen_clash(wishes: list[KeyWish]) -> None:
    keymap, _ = keymap_of(wishes, KEY_TABLES)
    for screen, table in KEY_TABLES.items():
        keys = [
            normal_key(one)
            for key in keymap.applied(table, screen)
            for names, _ in key.keys
            for one in names.split(",")
        ]
        assert sorted(keys) == sorted(set(keys))
        assert not {"ctrl+q", "ctrl+c"} & set(keys)


def test_own_keys_work_and_show_in_footer_help_and_palette() -> None:
    keymap, complaints = keymap_of([wish("walkthrough.next_event", "f6"), wish("walkthrough.help", "f7")], KEY_TABLES)
    assert complaints == ()

    async def scene(stage: Stage) -> None:
        assert "← F6 event" in stage.text("#keys")
        assert "F7 help" in stage.text("#keys")
        await stage.press("right")
        assert stage.place[0] == 0
        await stage.press("f6")
        assert stage.place[0] == 1
        await stage.press("f7")
        assert stage.on(HelpScreen)
        assert "F6" in stage.whole("#help")
        await stage.press("escape", "colon", *"next event")
        assert stage.whole("#commands").splitlines()[0].endswith("F6")

    perform(scene, size=(160, 50), keymap=keymap)


def test_what_is_wrong_with_the_settings_can_be_read_in_the_help() -> None:
    complaints = keymap_of([KeyWish("walkthrough.play", ("q",), "config.yaml:7:3")], KEY_TABLES)[1]

    async def scene(stage: Stage) -> None:
        assert "1 entry of the settings file is ignored; ? tells which" in stage.shown()
        await stage.press("question_mark")
        assert "config.yaml:7:3: walkthrough.play" in stage.whole("#help")

    perform(scene, complaints=complaints)


def test_every_action_of_the_walkthrough_exists() -> None:
    async def scene(stage: Stage) -> None:
        for key in WALKTHROUGH_KEYS:
            for _, action in key.keys:
                name = action.partition("(")[0]
                target, name = (stage.app, name[4:]) if name.startswith("app.") else (stage.screen, name)
                assert hasattr(target, f"action_{name}"), action

    perform(scene)
