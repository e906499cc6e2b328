"""What the Firewall screen asks a person: words to filter by, a rule's fields, names of files, whether to leave.

Decided here: the texts of each question, what is checked before it is answered, and what is told afterwards. Every
function opens a screen over the Firewall screen and hands it what came of it.
Never here: how an edit works (`walk.plan`), how a file is written (`ui.saving`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from textual.app import App

from vbtui.firewall.spreadsheet import csv_text
from vbtui.i18n import N_, Translator
from vbtui.planning.proposals import ProposedRule
from vbtui.render.failures import system_failure
from vbtui.render.markdown import markdown_text
from vbtui.render.matrix_texts import matrix_sheet
from vbtui.render.tables import sheet_lines
from vbtui.topology import LoadedTopology, Rule, Selector, resolve, shipped
from vbtui.ui.bench import Bench
from vbtui.ui.difference import difference_rows
from vbtui.ui.moment import NoticeKind
from vbtui.ui.saving import ChangedMeanwhileError, edited_text, new_name, write_new
from vbtui.ui.screens.choice import Answer, ChoiceScreen
from vbtui.ui.screens.prompt import PromptScreen
from vbtui.ui.screens.proposals import ProposalsScreen
from vbtui.ui.screens.reading import ReadingScreen
from vbtui.ui.screens.rule_form import RuleForm, texts_of
from vbtui.ui.text import one_cell
from vbtui.vocabulary import Action, GoalVerdict
from vbtui.walk.matrix import MatrixGroup as MatrixGroup
from vbtui.walk.plan import Plan
from vbtui.walk.rule_text import RuleField, nodes_text, unused_name


class Asking(Protocol):
    """The screen that asks, as far as a dialogue needs it."""

    bench: Bench

    @property
    def app(self) -> App[object]: ...
    def take(self, plan: Plan) -> None:
        """Go on with that plan."""

    def tell(self, kind: NoticeKind, text: str) -> None:
        """Show a notice."""


def ask_words(screen: Asking, take: Callable[[str], None]) -> None:
    """The words of the text filter; an empty line takes it away."""
    say = screen.bench.say
    text = N_("Words of a machine, step, service, rule or firewall; all must be in the row. Empty shows all.")
    prompt = PromptScreen(say, say(N_("Find")), say(text), screen.bench.desk.filter.text)
    screen.app.push_screen(prompt, lambda found: None if found is None else take(found.strip()))


def ask_rule(screen: Asking, firewall: str, rule: str) -> None:
    """The fields of a rule."""
    bench = screen.bench
    plan = bench.desk.plan
    known = plan.rule(firewall, rule)
    form = RuleForm(
        bench.messages,
        bench.symbols,
        plan.topology,
        plan.topology.firewall(firewall),
        known,
        title=f"{firewall}#{plan.number(firewall, rule)} {rule}",
        texts=texts_of(known),
    )

    def taken(found: Rule | None) -> None:
        if found is None:
            return
        edited = plan.changed(firewall, rule, found)
        if edited is plan:
            screen.tell(NoticeKind.WARNING, bench.say(N_("Nothing was changed.")))
        screen.take(edited)

    screen.app.push_screen(form, taken)


def ask_new_rule(screen: Asking) -> None:
    """The fields of a new rule: beside the connections one that allows that under the cursor, in front of what decides
    it now; in the rules an empty one in front of the selected one."""
    bench = screen.bench
    say, desk, plan = bench.say, bench.desk, bench.desk.plan
    firewall = desk.firewall
    if firewall is None:
        screen.tell(NoticeKind.WARNING, say(N_("This topology has no firewalls.")))
        return
    number = desk.new_rule_number(selected=bench.in_rules)
    anything = (Selector(any=True),)
    name = unused_name(rule.name for rule in firewall.rules)
    rule = Rule(name=name, source=anything, destination=anything, services=("any",), action=Action.ALLOW)
    texts = dict.fromkeys(RuleField, "") | {RuleField.NAME: name}
    row = None if bench.in_rules else desk.row
    if row is not None and row.connection is not None:
        texts |= {
            RuleField.SOURCE: nodes_text(row.sources),
            RuleField.DESTINATION: nodes_text(row.destinations),
            RuleField.SERVICES: row.service,
        }
    title = say(N_("New rule {firewall}#{number}")).format(firewall=firewall.name, number=number)
    form = RuleForm(bench.messages, bench.symbols, plan.topology, firewall, rule, title=title, texts=texts)

    def taken(found: Rule | None) -> None:
        if found is not None:
            screen.take(plan.added(firewall.name, found, number))

    screen.app.push_screen(form, taken)


def ask_proposals(screen: Asking) -> None:
    """Which proposed rules to take over, of those that all jobs need."""
    bench = screen.bench
    say, plan = bench.say, bench.desk.plan
    found = plan.proposals()
    if not found:
        if all(report.verdict is GoalVerdict.OK for report in plan.reports()):
            screen.tell(NoticeKind.DONE, say(N_("No rule is missing.")))
        else:
            screen.tell(NoticeKind.WARNING, say(N_("No rule helps against what is in the way.")))
        return

    def taken(chosen: tuple[ProposedRule, ...] | None) -> None:
        if chosen:
            screen.take(plan.accepted(chosen))

    screen.app.push_screen(ProposalsScreen(bench.messages, found, bench.desk.row), taken)


# ---- files ----------------------------------------------------------------------------------------------------------


def ask_save(screen: Asking) -> None:
    """A name for the edited topology, which is written when it is given."""
    bench = screen.bench
    say, plan = bench.say, bench.desk.plan
    if not plan.unsaved:
        screen.tell(NoticeKind.WARNING, say(N_("There are no unsaved edits.")))
        return

    def written(text: str) -> str | None:
        try:
            return _write(say, text, edited_text(bench.loaded, plan.topology))
        except ChangedMeanwhileError:
            return say(N_("{file} has changed since it was loaded; the edits do not fit it any more.")).format(
                file=bench.loaded.file
            )
        except (OSError, ValueError) as error:
            return _failure(say, error)

    def saved(text: str | None) -> None:
        if text is not None:
            screen.take(plan.kept())
            screen.tell(NoticeKind.DONE, say(N_("saved as {file}")).format(file=one_cell(text.strip())))

    hint = N_("A new file with the edited rules; everything else stays as it is, comments too.")
    name = str(_proposed(bench.loaded, "-edited.yaml"))
    screen.app.push_screen(PromptScreen(say, say(N_("Save as")), say(hint), name, written, proposed=True), saved)


def ask_export(screen: Asking) -> None:
    """A name for the shown rows; its ending chooses the form."""
    bench = screen.bench
    say = bench.say

    def written(text: str) -> str | None:
        try:
            return _write(say, text, exported(bench, Path(text.strip()).suffix))
        except (OSError, ValueError) as error:
            return _failure(say, error)

    def done(text: str | None) -> None:
        if text is not None:
            screen.tell(NoticeKind.DONE, say(N_("written to {file}")).format(file=one_cell(text.strip())))

    hint = N_("The shown rows: .csv for a spreadsheet, .md for Markdown, anything else is text.")
    name = str(_proposed(bench.loaded, f"-{bench.desk.job}.csv"))
    screen.app.push_screen(PromptScreen(say, say(N_("Export")), say(hint), name, written), done)


def exported(bench: Bench, suffix: str) -> str:
    """The shown rows in the form that a file's ending asks for."""
    desk = bench.desk
    sheet = matrix_sheet(bench.messages, desk.job, desk.matrix.columns, desk.groups, bench.symbols)
    match suffix.lower():
        case ".csv":
            return csv_text(sheet.columns, sheet.rows)
        case ".md" | ".markdown":
            return markdown_text((sheet,))
        case _:
            return "\n".join(sheet_lines(sheet)) + "\n"


def _proposed(loaded: LoadedTopology, ending: str) -> Path:
    return new_name(loaded, ending, shipped=any(resolve(name) == loaded.file for name in shipped()))


def _write(say: Translator, name: str, text: str) -> str | None:
    """Write a new file; what is wrong, or None."""
    if not name.strip():
        return say(N_("A file needs a name."))
    try:
        write_new(Path(name.strip()).expanduser(), text)
    except FileExistsError:
        return say(N_("{file} exists already; nothing was overwritten")).format(file=one_cell(name.strip()))
    return None


def _failure(say: Translator, error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return one_cell(system_failure(say, error))
    return say(N_("This is no name of a file."))


# ---- what the edits change ------------------------------------------------------------------------------------------


def show_difference(screen: Asking) -> None:
    """Connections and goals gained and lost since the file was loaded, and the lines of the file."""
    bench = screen.bench
    if not bench.desk.plan.edited:
        screen.tell(NoticeKind.WARNING, bench.say(N_("The rules are those of the file.")))
        return
    title = bench.say(N_("What the edits of {topology} change")).format(topology=bench.loaded.topology.name)
    screen.app.push_screen(ReadingScreen(bench.say, title, lambda width: difference_rows(bench, width)))


# ---- leaving --------------------------------------------------------------------------------------------------------


def ask_leave(screen: Asking, leave: Callable[[Plan], None]) -> None:
    """Leave to the walkthrough; unsaved edits may come along or be dropped."""
    bench = screen.bench
    plan = bench.desk.plan
    if not plan.unsaved:
        leave(plan)
        return
    say = bench.say
    answers = (
        Answer(
            "enter", "Enter", say(N_("walk with the edited rules; they stay until vbtui is left, F2 shows them again"))
        ),
        Answer("x", "x", say(N_("drop the edits, walk with the rules of the file"))),
        Answer("s", "s", say(N_("save them as a new file first"))),
        Answer("escape", "Esc", say(N_("stay here"))),
    )

    def chosen(key: str | None) -> None:
        if key == "enter":
            leave(plan)
        elif key == "x":
            leave(plan.reverted())
        elif key == "s":
            ask_save(screen)

    text = say(N_("The edited rules are in no file yet."))
    screen.app.push_screen(ChoiceScreen(say(N_("Unsaved edits")), text, answers), chosen)


def ask_quit(app: App[int], say: Translator, plan: Plan | None, leave: Callable[[], None]) -> None:
    """Leave the program; unsaved edits would be lost."""
    if plan is None or not plan.unsaved:
        leave()
        return
    answers = (
        Answer("x", "x", say(N_("quit and lose them"))),
        Answer("escape", "Esc", say(N_("stay here; s on the Firewall screen (F2) saves them"))),
    )
    text = say(N_("The edited rules are in no file yet."))
    app.push_screen(ChoiceScreen(say(N_("Unsaved edits")), text, answers), lambda key: leave() if key == "x" else None)
