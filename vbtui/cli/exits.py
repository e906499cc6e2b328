"""How a command ends: the exit codes, and which error leads to which. The one place that knows.

| code | meaning |
|---|---|
| 0 | the command did its work and nothing reaches the threshold |
| 1 | the threshold is reached: `check --fail-on`, a job that ends with Error, a blocked flow, damage |
| 2 | bad input or usage |
| 3 | unknown under `--strict`, and nothing worse |
| 4 | failure at run time: disk full, peer lost |
| 130 | interrupted |
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from vbtui.cli.usage import InputError, shown, usage_lines
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.cli.session import Session


class Exit(IntEnum):
    DONE = 0
    REACHED = 1
    BAD_INPUT = 2
    UNKNOWN = 3
    FAILED = 4
    INTERRUPTED = 130


_DAMAGE = ("damaged-point", "damaged-blocks", "broken-chain")
_BAD_VMDK = (
    *("bad-vmdk", "bad-descriptor", "outside-folder", "missing-file", "parent-loop", "parent-changed"),
    *("no-access", "not-writable"),
)
_ASKED_WRONGLY = (
    *("unknown-point", "unknown-disk", "unknown-export", "outside-disk", "output-exists"),
    *("bad-name", "bad-image", "bad-uri", *_BAD_VMDK),
)
_INTERRUPTED = "cancelled"
_EDITS = {
    "no-firewall": N_("the topology has no firewall '{found}'"),
    "firewall-exists": N_("the topology has a firewall '{found}' already"),
    "group-differs": N_("the topology has a group of addresses or services '{found}' with other members"),
    "not-sound": N_("the changed topology would not be sound:"),
}


def guarded(session: Session, command: Callable[[], object]) -> Exit:
    """Run a command; whatever it raises on purpose becomes lines on standard error and a code. Never a traceback."""
    try:
        found = command()
        return Exit(found) if isinstance(found, int) else Exit.DONE
    except click.exceptions.Exit as error:
        return Exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        session.complain(session.say(N_("interrupted")))
        return Exit.INTERRUPTED
    except InputError as error:
        session.complain(*error.lines(session.say))
        return Exit.BAD_INPUT
    except click.ClickException as error:
        session.complain(*usage_lines(session.say, error))
        return Exit.BAD_INPUT
    except BrokenPipeError:
        session.hush()
        return Exit.DONE
    except Exception as error:
        found_exit = _known(session, error)
        if found_exit is None:
            raise
        return found_exit


def _known(session: Session, error: Exception) -> Exit | None:
    """The code of an error that the rooms raise on purpose; None for a fault of our own."""
    # The rooms are imported only now: most runs end without an error.
    from vbtui.render.failures import engine_failure, observations_problem, run_log_problem, system_failure
    from vbtui.render.problems import problem_lines
    from vbtui.topology import TopologyError

    if isinstance(error, TopologyError):
        session.complain(*problem_lines(session.say, error))
        return Exit.BAD_INPUT
    if isinstance(error, OSError):
        session.complain(system_failure(session.say, error))
        return Exit.FAILED
    from vbtui.topology.editing import EditError

    if isinstance(error, EditError) and error.code in _EDITS:
        lines = problem_lines(session.say, TopologyError(error.problems)) if error.problems else ()
        session.complain(session.say(_EDITS[error.code]).format(found=shown(error.found)), *lines)
        return Exit.BAD_INPUT
    from vbtui.engine import EngineError
    from vbtui.job import BadRunLog
    from vbtui.job.observations import BadObservationsError

    if isinstance(error, BadObservationsError):
        session.complain(observations_problem(session.say, error))
        return Exit.BAD_INPUT
    if isinstance(error, BadRunLog):
        session.complain(run_log_problem(session.say, error, session.run_log or ""))
        return Exit.BAD_INPUT
    if isinstance(error, EngineError):
        session.complain(engine_failure(session.say, error))
        if error.code == _INTERRUPTED:
            return Exit.INTERRUPTED
        return (
            Exit.REACHED if error.code in _DAMAGE else Exit.BAD_INPUT if error.code in _ASKED_WRONGLY else Exit.FAILED
        )
    return None
