"""A picture whose packets are put over it later is the picture that was painted with them."""

from __future__ import annotations

import pytest
from drawn_topologies import LinksOf, Shipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vbtui.drawing import Link, LinkPicture, LinkState, Picture, diff, layout, packet_cells, paint, route, still
from vbtui.drawing.packets import with_packets


@pytest.mark.parametrize("name", ["classroom", "two-site"])
@given(data=st.data(), ascii=st.booleans())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_packets_over_a_still_picture_are_the_picture(
    shipped_topology: Shipped, links_of: LinksOf, name: str, data: st.DataObject, ascii: bool
) -> None:
    topology = shipped_topology(name)
    links = links_of(topology)
    scene = layout(topology, width=100, height=30, links=links, ascii=ascii)
    routes = route(scene, links)
    states = st.builds(
        LinkPicture,
        st.sampled_from(LinkState),
        progress=st.none() | st.floats(-0.1, 1.1),
        backwards=st.booleans(),
        stop=st.floats(0, 1),
        stopped_by=st.sampled_from(["", "core"]),
    )
    picture = Picture({link: data.draw(states) for link in links})
    top = data.draw(st.integers(0, scene.height))
    rows = data.draw(st.sampled_from([range(scene.height), range(top, top + 7)]))

    before = paint(scene, routes, still(picture), rows)
    after = with_packets(before, scene, packet_cells(routes, picture), rows)
    assert after == paint(scene, routes, picture, rows)
    touched = {y for _, y in packet_cells(routes, picture)}
    assert diff(before, after) <= touched
    assert all(after.rows[y] is before.rows[y] for y in range(scene.height) if y not in touched)


def test_a_picture_without_packets_is_still_as_it_is() -> None:
    picture = Picture({Link("a", "b"): LinkPicture(LinkState.OPEN)})
    assert still(picture) is picture
    assert packet_cells((), picture) == set()
