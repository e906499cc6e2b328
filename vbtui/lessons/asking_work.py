"""Questions about what is done: tasks, proxies, transport modes, snapshots, amounts of data, results.

The answers are those of the trace; why a proxy or a mode is not taken comes from `workflow.transport`, which has
decided it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from vbtui.lessons.ground import Ground, Proposal, distinct
from vbtui.lessons.question import Choice, Params, QuestionKind
from vbtui.topology import Disk, Vm
from vbtui.trace import Event
from vbtui.vocabulary import Role, TransportMode
from vbtui.workflow import proxies_of
from vbtui.workflow.transport import PREFERENCE, choose


def about_work(ground: Ground, event: Event) -> Iterator[Proposal]:
    """What may be asked before `event`, by what it tells."""
    ask = _BY_CODE.get(event.code)
    if ask is not None:
        yield from ask(ground, event)


def _plain(kind: QuestionKind, params: Params, right: str, *others: str) -> Proposal:
    return Proposal(kind, params, Choice(right), tuple(Choice(one) for one in others))


def _disk(event: Event) -> Params:
    return (("vm", event.vm or ""), ("disk", event.disk or ""))


def _tasks(_: Ground, event: Event) -> Iterator[Proposal]:
    params = (("vms", event.param("vms")), ("tasks", event.param("tasks")))
    yield _plain(QuestionKind.TASKS, params, "disks", "vms", "job")


def _proxy(ground: Ground, event: Event) -> Iterator[Proposal]:
    name = event.param("proxy")
    disk = _disk_of(ground, event)
    proxies = proxies_of(ground.topology, ground.job)
    if disk is None or name not in {proxy.name for proxy in proxies} or len(proxies) < 2:
        return
    best = _mode(ground, *disk, str(name))
    if best is None:
        return  # configuration was changed on the way: what the choice rests on is not known here
    right = Choice("chosen", (("machine", str(name)), ("mode", best)))
    others = []
    for proxy in proxies:
        if proxy.name == name:
            continue
        mode = _mode(ground, *disk, proxy.name)
        if mode is None:
            others.append(Choice("impossible", (("machine", proxy.name),)))
            continue
        one, other = PREFERENCE.index(best), PREFERENCE.index(mode)
        code = "alike" if one == other else "worse" if other > one else "taken"
        others.append(Choice(code, (("machine", proxy.name), ("mode", mode))))
        if len(others) == _ENOUGH:
            break
    yield Proposal(QuestionKind.PROXY, _disk(event), right, distinct(right, others))


_ENOUGH: Final = 3
"""Other proxies to choose from."""


def _disk_of(ground: Ground, event: Event) -> tuple[Vm, Disk] | None:
    if event.vm is None:
        return None
    vm = ground.topology.vm(event.vm)
    return next(((vm, disk) for disk in vm.disks if disk.name == event.disk), None)


def _mode(ground: Ground, vm: Vm, disk: Disk, proxy: str) -> TransportMode | None:
    """The mode that a proxy would take by configuration alone."""
    node = ground.topology.node(proxy)
    return choose(ground.topology, vm, disk, node, failover=ground.job.failover_to_network).mode


def _waiting(ground: Ground, event: Event) -> Iterator[Proposal]:
    if event.task is not None and ground.assigned.get(event.task, -1) > event.position:
        yield _plain(QuestionKind.WAITING, _disk(event), "waits", "fails", "beyond")


def _transport(ground: Ground, event: Event) -> Iterator[Proposal]:
    chosen, rejected = event.param("mode"), event.param("rejected")
    if not isinstance(chosen, str) or event.vm is None or event.disk is None or event.source is None:
        return
    if not rejected and any(task.rejected for task in ground.trace.tasks):
        return  # a choice that had something against it teaches more, and there is one
    mode = TransportMode(chosen)
    proxy = ground.topology.node(event.source.node)
    failed_over = event.code == "mode.failed-over"
    code = "failover" if failed_over else "chosen" if proxy.transport == "auto" else "only"
    right = Choice(code, (("mode", mode),))
    reasons = {one.mode: one for one in ground.trace.task(event.vm, event.disk).rejected}
    named = set(rejected) if isinstance(rejected, tuple) else set()
    place = PREFERENCE.index(mode)
    others = []
    for one in (*PREFERENCE[:place], *PREFERENCE[place + 1 :]):
        if one in reasons and one.value in named:
            others.append(Choice("rejected", (("mode", one),), rejected=reasons[one]))
        elif proxy.transport != "auto":
            others.append(Choice("not-wanted", (("mode", one),)))
        else:
            others.append(Choice("passed-over" if failed_over else "later", (("mode", one),)))
    params = (("proxy", proxy.name), *_disk(event))
    yield Proposal(QuestionKind.MODE, params, right, tuple(others), idea=chosen, ordered=True, place=place)


def _release(_: Ground, event: Event) -> Iterator[Proposal]:
    yield _plain(QuestionKind.RELEASE, (("vm", event.vm or ""),), "now", "after-read", "after-commit")


def _copied(ground: Ground, event: Event) -> Iterator[Proposal]:
    mode, proxy = event.param("mode"), event.param("proxy")
    processed, read = event.param("processed"), event.param("read")
    if not isinstance(mode, str) or not isinstance(proxy, str) or event.vm is None:
        return
    server = ground.topology.first(Role.BACKUP_SERVER)
    params = (
        *_disk(event),
        ("proxy", proxy),
        ("host", ground.topology.vm(event.vm).host),
        ("server", "" if server is None else server.name),
    )
    direct = "nfs" if mode == TransportMode.NFS else "san"
    ways = [one for one in (direct, "hotadd", "nbd") if one != mode]
    if server is not None and server.name != proxy:
        ways.append("server")
    yield _plain(QuestionKind.DATA_PATH, params, mode, *ways)
    if event.param("cbt") and read == processed:
        return  # everything is in use or has changed: two answers would be right
    answers = ["used", "changed", "all"]
    right = "all" if not event.param("cbt") else "changed" if event.param("incremental") else "used"
    answers.remove(right)
    amount = (*_disk(event), ("processed", processed), ("read", read))
    yield _plain(QuestionKind.AMOUNT, amount, right, *answers)


def _script(_: Ground, event: Event) -> Iterator[Proposal]:
    params = (("vm", event.vm or ""), ("script", event.param("script")))
    yield _plain(QuestionKind.SCRIPT, params, "fails", "elevated", "left-out")


def _result(ground: Ground, event: Event) -> Iterator[Proposal]:
    answers = ["success", "warning", "error"]
    right = event.code.removeprefix("job.")
    place = answers.index(right)
    answers.remove(right)
    params = (("job", ground.trace.job), *((name, event.param(name)) for name in ("success", "warning", "error")))
    others = tuple(Choice(one) for one in answers)
    yield Proposal(QuestionKind.RESULT, params, Choice(right), others, ordered=True, place=place)


_BY_CODE: Final[Mapping[str, Callable[[Ground, Event], Iterator[Proposal]]]] = {
    "tasks.built": _tasks,
    "task.assigned": _proxy,
    "task.waits": _waiting,
    "mode.chosen": _transport,
    "mode.failed-over": _transport,
    "guest.thawed": _release,
    "transfer.done": _copied,
    "script.not-elevated": _script,
    "job.success": _result,
    "job.warning": _result,
    "job.error": _result,
}
