"""What the tests of the Firewall screen share: the topology, the way there, and a look at its plan."""

from __future__ import annotations

from pictures import Stage, loaded

from vbtui.ui.screens.firewall import FirewallScreen

LOCKED = loaded("locked-down")


def rules(stage: Stage, firewall: str) -> dict[str, bool]:
    """The rules of a firewall with their state, as the plan has them."""
    return {rule.name: rule.enabled for rule in stage.firewall.bench.desk.plan.topology.firewall(firewall).rules}


async def at_row(stage: Stage, source: str, destination: str, service: str) -> None:
    """Put the cursor on the first row that is in trouble between those two."""
    screen = stage.firewall
    for place, one in enumerate(screen.bench.desk.rows):
        if source in one.sources and destination in one.destinations and one.service == service and one.troubled:
            screen._go(screen.bench.desk.at(place))
            await stage.pilot.pause()
            return
    raise AssertionError((source, destination, service))


async def opened(stage: Stage) -> None:
    await stage.press("f2")
    assert stage.on(FirewallScreen)
