"""How the demands of a job are found: the process followed step by step, over everyone that could take part.

It asks `workflow` for every choice (`Casting`, `Estate.modes`, `performers`), so that a check and a simulation cannot
differ. In: an estate, a job, the casting of its profile. Out: `JobDemands`, in the order of the process.
Never here: firewall rules, load and task slots (any candidate may be the one), what a trace would take.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

from vbtui.catalogue import Need
from vbtui.planning.casting import Casting, Part, WayOnAxes, guest_need
from vbtui.planning.demands import NO_PROXY, PROXY_UNREACHABLE, Cell, Demand, Disks, Guests, JobDemands, Option
from vbtui.planning.estate import Estate, Shape, TaskModes
from vbtui.planning.folding import Members, Roster
from vbtui.planning.report import Effect
from vbtui.topology import Disk, GuestProcessing, Job, Vm
from vbtui.vocabulary import StepId, TransportMode, Trigger
from vbtui.workflow import vms_of
from vbtui.workflow.guest import credentials_of, refused, script_fails, wanted
from vbtui.workflow.parties import TRIGGERS, backup_server, proxies_of, trigger_node
from vbtui.workflow.transfer import storage_need


def job_demands(casting: Casting, job: Job, assumed: TransportMode | None = None) -> JobDemands:
    """What the steps of the job open, for all assignments, in the order of the process.

    With an assumed mode, as if every proxy took that one where the configuration allows it.
    """
    return _Deriving(casting, job, assumed).derive()


class _Deriving:
    """The derivation for one job."""

    def __init__(self, casting: Casting, job: Job, assumed: TransportMode | None) -> None:
        self.casting, self.job, self.assumed = casting, job, assumed
        self.estate: Estate = casting.estate
        order = self.estate.vms
        members = sorted(vms_of(casting.topology, job), key=lambda pair: order[pair[0].name])
        self.members = members
        self.hosts = [self.estate.hosts_of(vm) for vm, _ in members]
        self.vms = Roster(vm.name for vm, _ in members)
        self.tasks = Roster(f"{vm.name}/{disk.name}" for vm, _ in members for disk in vm.disks)
        self.usable = self.estate.proxies.of(node.name for node in proxies_of(casting.topology, job))

    def derive(self) -> JobDemands:
        disks, lost = self._disks()
        guests = self._guests()
        demands = (
            *self._job_level(),
            *lost,
            *self._proxy_level(disks),
            *self._of_hosts(Need.METADATA, StepId.METADATA, self._metadata_stakes(guests), guests),
            *(demand for one in _by_way_into(guests, self) for demand in one),
            *self._of_hosts(Need.SNAPSHOT_CREATE, StepId.SNAPSHOT, Effect.VM_FAILS, guests),
            *self._of_hosts(Need.SNAPSHOT_COMMIT, StepId.COMMIT, Effect.SNAPSHOT_LEFT, guests),
            *self._transfer(disks),
        )
        return JobDemands(self.job, self.vms, self.tasks, tuple(self.hosts), disks, guests, demands)

    # ---- who could get what ------------------------------------------------------------------------------------------

    def _disks(self) -> tuple[tuple[Disks, ...], tuple[Demand, ...]]:
        """The disks by the mode of the proxies that could get them, and demands for those that no proxy could get."""
        estate, failover = self.estate, self.job.failover_to_network
        gathered: dict[int, list[Members]] = {}
        examples: list[tuple[Vm, Disk, TaskModes]] = []
        number = 0
        for place, (vm, _) in enumerate(self.members):
            bit = 1 << place
            placed = estate.placements(vm, self.hosts[place], failover=failover, assumed=self.assumed)
            for disk, placements in zip(vm.disks, placed, strict=True):
                for modes, hosts, kind in placements:
                    sets = gathered.get(kind)
                    if sets is None:
                        sets = gathered[kind] = [0, 0, 0]
                        examples.append((vm, disk, modes))
                    sets[0] |= bit
                    sets[1] |= 1 << number
                    sets[2] |= hosts
                number += 1
        found: dict[Hashable, Disks] = {}
        lost: dict[Hashable, Demand] = {}
        for (vm, disk, modes), (vms, tasks, hosts) in zip(examples, gathered.values(), strict=True):
            cell = Cell(vms=vms, tasks=tasks, hosts=hosts)
            any_proxy, pattern = False, estate.pattern(hosts)
            for mode, able in modes.proxies:
                if proxies := able & self.usable:
                    any_proxy = True
                    need = storage_need(estate.topology, disk, mode)
                    array = None if need is None else estate.array_of(disk)
                    key = (mode, need, array, pattern, proxies)
                    mine = cell._replace(proxies=proxies)
                    same = found.get(key) or Disks(mode, need, vm, disk, mine)
                    found[key] = replace(same, cell=_joined(same.cell, mine))
            if not any_proxy:
                codes = tuple(code for code, proxies in modes.obstacles if proxies & self.usable) or (NO_PROXY,)
                known = lost.get(codes)
                lost[codes] = (
                    self._no_proxy(codes, cell) if known is None else replace(known, cells=(*known.cells, cell))
                )
        return tuple(found.values()), tuple(lost.values())

    def _no_proxy(self, codes: tuple[str, ...], cell: Cell) -> Demand:
        """No proxy has a transport mode for those disks, so their tasks never get one (`task.no-proxy` in a trace)."""
        name = "proxy" if self.assumed is None else str(self.assumed)
        options = tuple(
            Option(name, order, StepId.SCHEDULE, (), obstacle=code) for order, code in enumerate(codes, start=1)
        )
        return Demand(None, StepId.SCHEDULE, options, (cell,), Effect.TASK_FAILS)

    def _guests(self) -> tuple[Guests, ...]:
        """The VMs by what their guest processing depends on, the firewalls' groups among it."""
        estate, folding = self.estate, self.estate.folding
        gathered: dict[Hashable, list[Members]] = {}
        examples: list[tuple[Vm, GuestProcessing, str]] = []
        settings: dict[GuestProcessing, int] = {}
        numbers: dict[int, tuple[int, bool]] = {}
        for place, (vm, processing) in enumerate(self.members):
            hosts = self.hosts[place]
            known = numbers.get(id(processing))
            if known is None:
                same = settings.setdefault(processing, len(settings))
                known = numbers[id(processing)] = (same, wanted(processing))
            number, entered = known
            pattern = estate.pattern(hosts)
            key: Hashable = (number, pattern)
            name = ""
            if entered:
                account = credentials_of(vm)
                # Who acts in a guest hangs on its zones, which are those of the example.
                name = estate.example_of(vm.name)
                facts = (vm.os, vm.tools, account.account, account.valid, vm.uac, folding.mark(vm.name))
                key = (*facts, name, number, pattern)
            sets = gathered.get(key)
            if sets is None:
                sets = gathered[key] = [0, 0]
                examples.append((vm, processing, name))
            sets[0] |= 1 << place
            sets[1] |= hosts
        return tuple(
            Guests(vm, processing, Cell(vms=vms, hosts=hosts, guest=name))
            for (vm, processing, name), (vms, hosts) in zip(examples, gathered.values(), strict=True)
        )

    # ---- the steps ---------------------------------------------------------------------------------------------------

    def _job_level(self) -> Iterator[Demand]:
        """What blocks the job as a whole: the trigger, the configuration database, the repository server."""
        job, whole = self.job, (Cell(),)
        if job.trigger is not Trigger.SCHEDULE and trigger_node(self.casting.topology, job) is not None:
            need = TRIGGERS[job.trigger][0]
            yield from self._simple(need, StepId.TRIGGER, Part(), whole, Effect.JOB_FAILS)
        for need, step in (
            (Need.CONFIG_DATABASE, StepId.READ_JOB),
            (Need.BACKUP_SERVICE, StepId.SCHEDULE),
            (Need.TRANSPORT_REPOSITORY, StepId.TRANSPORT_SERVICES),
            (Need.APPLIANCE_CALLBACK, StepId.TRANSPORT_SERVICES),
            (Need.RULES_REPOSITORY, StepId.RULES),
        ):
            yield from self._simple(need, step, Part(), whole, Effect.JOB_FAILS)

    def _simple(
        self, need: Need, step: StepId, part: Part, cells: tuple[Cell, ...], stakes: Effect
    ) -> Iterator[Demand]:
        """A need whose ways differ in nothing but their connections; nothing if it asks for no connection here."""
        ways = self.casting.ways(need, self.job, part)
        if ways and cells:
            yield Demand(need, step, _options(ways, step), cells, stakes)

    def _proxy_level(self, disks: tuple[Disks, ...]) -> Iterator[Demand]:
        """Steps 1.4 to 1.6 for the proxies, with the tasks that they could get."""
        together: dict[Members, Cell] = {}
        for one in disks:
            together[one.cell.proxies] = _joined(together.get(one.cell.proxies), one.cell)
        services, fails = StepId.TRANSPORT_SERVICES, Effect.TASK_FAILS
        for shape in self.estate.proxy_shapes:
            cells = tuple(
                cell._replace(proxies=mine) for cell in together.values() if (mine := cell.proxies & shape.members)
            )
            if not cells:
                continue
            part = Part(proxy=shape)
            yield from self._simple(Need.TRANSPORT_PROXY, services, part, cells, fails)
            calls = self.casting.ways(Need.APPLIANCE_CALLBACK, self.job, part, callbacks=True)
            if calls:
                yield Demand(Need.APPLIANCE_CALLBACK, services, _options(calls, services), cells, fails)
            yield from self._simple(Need.RULES_PROXY, StepId.RULES, part, cells, fails)
            reverse = shape.node.run_server_on_this_side
            movers = Need.DATA_MOVERS_REVERSE if reverse else Need.DATA_MOVERS
            yield from self._simple(movers, StepId.DATA_MOVERS, part, cells, fails)

    def _metadata_stakes(self, guests: tuple[Guests, ...]) -> Effect:
        """With every vCenter and standalone host unreachable the job itself ends; each of several costs its VMs."""
        hosts = 0
        for one in guests:
            hosts |= one.cell.hosts
        nodes = [self.casting.topology.node(name) for name in self.estate.hosts.members(hosts)]
        return Effect.JOB_FAILS if len({node.managed_by or node.name for node in nodes}) == 1 else Effect.VM_FAILS

    def _of_hosts(self, need: Need, step: StepId, stakes: Effect, guests: tuple[Guests, ...]) -> Iterator[Demand]:
        """A need of every VM that depends on nothing but its host."""
        together: dict[Hashable, Cell] = {}
        for one in guests:
            pattern = self.estate.pattern(one.cell.hosts)
            together[pattern] = _joined(together.get(pattern), Cell(vms=one.cell.vms, hosts=one.cell.hosts))
        for shape in self.estate.host_shapes:
            cells = tuple(
                cell._replace(hosts=here) for cell in together.values() if (here := cell.hosts & shape.members)
            )
            yield from self._simple(need, step, Part(vm=self.members[0][0], host=shape), cells, stakes)

    def way_into(self, guests: Guests, shape: Shape, cells: tuple[Cell, ...]) -> Iterator[Demand]:
        """Step 2: the server to its guest interaction proxy, then the ways into the guest."""
        vm, processing = guests.vm, guests.processing
        first = StepId.GUEST_WINDOWS if vm.os == "windows" else StepId.GUEST_LINUX
        refusal = refused(vm)
        options = tuple(
            Option(
                name=way.name,
                order=way.order,
                step=way.step,
                legs=way.legs,
                performer=way.performer,
                obstacle=refusal or way.objection,
                shortfall="script.not-elevated" if script_fails(vm, processing, way.name) else None,
            )
            for way in self.casting.guest_ways(self.job, vm, processing, shape)
        )
        acting = self.casting.performers(vm, processing)[0]
        before: Demand | None = None
        if acting.name != backup_server(self.casting.topology).name:
            # Without it the backup server takes its place, and what that cannot do shows in the guest's own goal.
            part = Part(vm=vm, host=shape, performer=acting)
            need = Need.GUEST_INTERACTION_PROXY
            before = next(self._simple(need, first, part, cells, Effect.SERVER_INSTEAD), None)
        if before is not None:
            yield before
        stakes = Effect.VM_FAILS if processing.on_failure == "require" else Effect.CRASH_CONSISTENT
        scripts = processing.scripts
        yield Demand(
            guest_need(vm),
            first,
            options,
            cells,
            stakes,
            # A pre-freeze script that fails spoils the freeze; one that only follows the thaw is worth a warning.
            shortfall_stakes=Effect.SCRIPT_FAILS if scripts is not None and scripts.pre_freeze is None else stakes,
            refused=refusal is not None,
            follows=before,
            instead=() if before is None else tuple(_without(option, acting.name) for option in options),
        )

    def _transfer(self, disks: tuple[Disks, ...]) -> Iterator[Demand]:
        """Phase 5, mode by mode."""
        topology, job = self.casting.topology, self.job
        share = topology.node(job.repository).share is not None
        for step in dict.fromkeys(mode.step for mode in TransportMode):
            mine = [one for one in disks if one.mode.step is step]
            for need in (Need.PROXY_VSPHERE, Need.NFC):
                yield from self._opened(need, step, mine)
            for stored in dict.fromkeys(one.need for one in mine):
                alike = [one for one in mine if one.need is stored]
                opened = [] if stored is None else list(self._opened(stored, step, alike))
                yield from opened
                if share:
                    for before in opened:
                        yield from self._share(step, before.cells, before)
                    if not opened:
                        yield from self._share(step, tuple(one.cell for one in alike), None)

    def _opened(self, need: Need, step: StepId, disks: list[Disks]) -> Iterator[Demand]:
        """A need of a proxy in one mode, by the ways that its shape, the host's and the storage make."""
        job = self.job
        direct = need in (Need.STORAGE_ISCSI, Need.STORAGE_NFS)
        stakes = Effect.NETWORK_MODE if direct and job.failover_to_network else Effect.TASK_FAILS
        gathered: dict[Hashable, tuple[tuple[WayOnAxes, ...], StepId | None, list[Cell]]] = {}
        for one in disks:
            fails_over = one.need is not None and job.failover_to_network and not direct
            network = TransportMode.NBD.step if fails_over else None
            for host in self.estate.host_shapes:
                hosts = one.cell.hosts & host.members
                for proxy in self.estate.proxy_shapes if hosts else ():
                    proxies = one.cell.proxies & proxy.members
                    if not proxies:
                        continue
                    ways = self.casting.ways(need, job, Part(one.vm, host, proxy, disk=one.disk))
                    if not ways:
                        continue
                    *_, cells = gathered.setdefault((id(ways), network), (ways, network, []))
                    cells.append(one.cell._replace(hosts=hosts, proxies=proxies))
        for ways, network, cells in gathered.values():
            options = _options(ways, step)
            yield Demand(need, step, options, tuple(cells), stakes, failover_step=network)

    def _share(self, step: StepId, cells: tuple[Cell, ...], before: Demand | None) -> Iterator[Demand]:
        """The repository's share, in network mode where the storage network fails over to it."""
        network = TransportMode.NBD.step if before is not None and self.job.failover_to_network else None
        for demand in self._simple(Need.SHARE, step, Part(), cells, Effect.TASK_FAILS):
            moved = () if network is None else tuple(replace(option, step=network) for option in demand.options)
            follows = before if moved else None
            yield replace(demand, failover_step=network, follows=follows, instead=moved)


def _by_way_into(guests: tuple[Guests, ...], deriving: _Deriving) -> Iterator[Iterator[Demand]]:
    """The demands of guest processing, one set for all VMs whose guests are entered in the same ways."""
    gathered: dict[Hashable, tuple[Guests, Shape, list[Cell]]] = {}
    for one in guests:
        if not wanted(one.processing):
            continue
        vm, processing = one.vm, one.processing
        account = credentials_of(vm)
        facts = (vm.os, vm.tools, account.account, account.valid, vm.uac, processing)
        performing = tuple(node.name for node in deriving.casting.performers(vm, processing))
        for shape in deriving.estate.host_shapes:
            if hosts := one.cell.hosts & shape.members:
                key = (facts, performing, shape.node.name, deriving.estate.folding.mark(vm.name))
                *_, cells = gathered.setdefault(key, (one, shape, []))
                cells.append(one.cell._replace(hosts=hosts))
    for one, shape, cells in gathered.values():
        yield deriving.way_into(one, shape, tuple(cells))


def _options(ways: tuple[WayOnAxes, ...], step: StepId) -> tuple[Option, ...]:
    return tuple(Option(way.name, way.order, step, way.legs) for way in ways)


def _without(option: Option, performer: str) -> Option:
    """The option where that performer is out of reach, so that it is not tried."""
    return replace(option, obstacle=option.obstacle or PROXY_UNREACHABLE) if option.performer == performer else option


def _joined(ours: Cell | None, theirs: Cell) -> Cell:
    """The VMs, tasks and hosts of both, whose proxies are the same."""
    if ours is None:
        return theirs
    return ours._replace(vms=ours.vms | theirs.vms, tasks=ours.tasks | theirs.tasks, hosts=ours.hosts | theirs.hosts)
