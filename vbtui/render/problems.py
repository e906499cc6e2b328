"""Everything that a user did wrong, as lines of text: problems of topology files, failures of the engine, of run logs.

In: errors with codes and fields. Out: lines that begin with what they are about: `FILE:LINE:COLUMN: WHERE: sentence`.
Decided here: how expected, found and suggestions are added, and that nothing from outside reaches the terminal with a
control character in it. Never here: deciding that something is wrong.
"""

from __future__ import annotations

from vbtui.i18n import N_, Translator
from vbtui.render.printing import printable
from vbtui.render.problem_texts import KINDS, PROBLEMS, TYPES
from vbtui.render.quantities import size
from vbtui.render.words import ROLES
from vbtui.topology import Problem, ProblemCode, TopologyError
from vbtui.vocabulary import Role


def problem_lines(translator: Translator, error: TopologyError) -> tuple[str, ...]:
    """One line for each problem, in the file's order."""
    return tuple(problem_line(translator, problem) for problem in error.problems)


def problem_line(translator: Translator, problem: Problem) -> str:
    """Where it is, what is wrong, what was expected and found, and what may have been meant."""
    if problem.code is ProblemCode.UNKNOWN_TOPOLOGY and problem.line is None:
        place = ""  # there is no file to point at
    else:
        line = "" if problem.line is None else f"{problem.line}:{problem.column}:"
        place = f"{printable(problem.file)}:{line} "
    where = f"{printable(problem.where)}: " if problem.where else ""
    return f"{place}{where}{problem_text(translator, problem)}"


def problem_text(translator: Translator, problem: Problem) -> str:
    """The same without the place, for where a person sees it."""
    return f"{_sentence(translator, problem)}{_details(translator, problem)}"


def _sentence(translator: Translator, problem: Problem) -> str:
    fields = {name: printable(value) for name, value in problem.params}
    if problem.code is ProblemCode.FILE_TOO_LARGE and isinstance(limit := problem.param("limit"), int):
        fields["limit"] = size(translator, limit)
    if "kind" in fields:
        fields["kind"] = _kind(translator, fields["kind"])
    return translator(PROBLEMS[problem.code]).format(**fields)


def _kind(translator: Translator, kind: str) -> str:
    if kind in KINDS:
        return translator(KINDS[kind])
    return translator(ROLES[Role(kind)]) if kind in set(Role) else kind


_QUOTES_FOUND = (ProblemCode.UNKNOWN_TOPOLOGY, ProblemCode.FILE_NOT_TEXT)
"""Problems whose sentence has what was found."""

_HAS_EXPECTED = (ProblemCode.MISSING_KEY, ProblemCode.BAD_NAME)
"""Problems whose sentence has what was expected."""

_EXPECTED = {
    ProblemCode.BAD_SIZE: N_("expected a size such as {expected}"),
    ProblemCode.BAD_SERVICE: N_("expected a service such as {expected}"),
    ProblemCode.BAD_ADDRESS: N_("expected an address such as {expected}"),
    ProblemCode.BAD_NETWORK: N_("expected a network such as {expected}"),
    ProblemCode.BAD_RANGE: N_("expected a range such as {expected}"),
    ProblemCode.BAD_DATE: N_("expected a date such as {expected}"),
    ProblemCode.TOO_FEW: N_("expected at least {expected}"),
    ProblemCode.TOO_MANY: N_("expected at most {expected}"),
}


_COLLECTIONS = {"list": N_("a list of {count}"), "mapping": N_("a mapping of {count}")}
"""What was found where it is no single value, by `found_type`."""


def _details(translator: Translator, problem: Problem) -> str:
    parts = []
    expected, found, kind = problem.param("expected"), problem.param("found"), problem.param("found_type")
    if expected not in (None, "") and problem.code not in _HAS_EXPECTED:
        text = printable(expected)
        if problem.code is ProblemCode.WRONG_TYPE:
            text = translator(TYPES.get(text, text))
        template = _EXPECTED.get(problem.code, N_("expected {expected}"))
        parts.append(translator(template).format(expected=text))
    if problem.code not in _QUOTES_FOUND:
        if kind in _COLLECTIONS and isinstance(found, int):
            text = translator(_COLLECTIONS[str(kind)]).format(count=found)
            parts.append(translator(N_("found {found}")).format(found=text))
        elif found not in (None, ""):
            quoted = f"'{printable(found)}'" if isinstance(found, str) else str(found)
            parts.append(translator(N_("found {found}")).format(found=quoted))
        elif kind is not None:
            word = translator(TYPES.get(str(kind), str(kind)))
            parts.append(translator(N_("found {found}")).format(found=word))
    suggestion = problem.param("suggestion")
    if suggestion is not None:
        parts.append(translator(N_("did you mean '{suggestion}'?")).format(suggestion=printable(suggestion)))
    return f" ({', '.join(parts)})" if parts else ""
