"""The life of a case as a person reads it: one sentence for each thing that happened."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from services.cli.output import harmless
from services.cli.phrases import listed, money, option, when, words
from services.cli.rulings_told import RULINGS
from services.offer.case import ClocksStarted, CompensationSetOff, HistoryKept
from shared import events as e
from shared.money import Money
from shared.remedy import Remedy

MARKS = {
    "comes": ("●", "cyan"),
    "looks": ("◌", "blue"),
    "judges": ("◆", "magenta"),
    "says": ("✉", "yellow"),
    "pays": ("＋", "green"),
    "replies": ("◀", "cyan"),
    "ends": ("■", "bold green"),
    "stops": ("▲", "bold red"),
}
"""What kind of thing happened: its sign and its colour."""


def line(event: Any, at: datetime) -> Text:
    """One line of a timeline: the local time of day, a sign, the sentence."""
    kind, sentence = describe(event)
    sign, style = MARKS[kind]
    text = Text(f"{at.astimezone():%H:%M:%S.%f}"[:-4] + "  ", style="dim")
    return text.append(f"{sign} ", style=style).append(
        harmless(sentence), style="" if kind in ("looks", "comes") else style
    )


def describe(event: Any) -> tuple[str, str]:
    """What kind of thing happened (a key of MARKS), and the sentence."""
    kind, say = SENTENCES.get(type(event), ("looks", lambda event: type(event).__name__))
    return kind, say(event)


def _unsent(event: e.NoticeFailed) -> str:
    if event.reason == e.OVERTAKEN:
        return f"letter not needed any more: {words(event.kind)}, a later one says more"
    return f"letter not delivered: {words(event.kind)}, {words(event.reason)}"


def _short(text: str, limit: int = 72) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _offered(offer: e.OptionsOffered) -> str:
    both = "apology and " if offer.round == 1 else ""
    shown = f"round {offer.round}: {both}{len(offer.options)} options: {' · '.join(map(option, offer.options))}"
    return shown + _again(offer.repeated) + _raised(offer.raised) + _limited(offer.limits)


def _again(failures: int) -> str:
    return f"; let down {failures} times by now" if failures else ""


def _raised(causes: Sequence[str]) -> str:
    return f"; graver by {listed([words(cause) for cause in causes])}" if causes else ""


def _limited(limits: Sequence[str]) -> str:
    return f"; less than there is, by {listed([words(limit) for limit in limits])}" if limits else ""


def _worth(remedy: Remedy) -> str:
    """The sum; of what comes in kind also how much of what."""
    if remedy.form is None:
        return money(remedy.sum)
    pieces = f"{remedy.quantity} × " if remedy.quantity else ""
    return f"{pieces}{words(remedy.form)} worth {money(remedy.sum)}"


def _taken(accepted: e.ComplaintAccepted) -> str:
    said = _short(accepted.text or accepted.category or "")
    likely = f", likely about {listed([words(claim) for claim in accepted.likely])}" if accepted.likely else ""
    return "complaint taken" + (f": “{said}”" if said else "") + likely + _hints(accepted.signals)


def _hints(signals: Sequence[str]) -> str:
    return f"; it hints at {listed([words(signal) for signal in signals])}" if signals else ""


def _granted(granted: e.RemedyGranted) -> str:
    part = f" (part {granted.part})" if granted.part > 1 else ""
    return f"owed{' so far' if granted.ongoing else ''}, and paid by itself: {_worth(granted.remedy)}{part}"


def _due(due: e.PayoutDue) -> str:
    pieces = f"{due.quantity} × " if due.quantity else ""
    sum_ = f"{money(due.amount)} as " if due.amount else ""
    by = f", by {when(due.due)} ({due.owner})" if due.due else ""
    return f"due ({due.ledger}): {sum_}{pieces}{words(due.form)}{by}"


def _asked(questions: Sequence[e.Question]) -> str:
    return listed([words(question.fact) for question in questions])


def _told(given: e.InformationGiven) -> str:
    """What they said stays where their words are kept; here it is only known that they did."""
    return "the customer says what only they can know" + (
        f": {listed(list(map(words, given.facts)))}" if given.facts else ""
    )


def _suspected(suspected: e.IncidentSuspected) -> str:
    return (
        f"an incident is suspected: {suspected.similar} complaints about {suspected.subject} say "
        f"“{listed([words(claim) for claim in suspected.claims])}” since {suspected.since.astimezone():%d %b %H:%M}"
    )


def _each(verdict: e.VerdictReached) -> str:
    """What was found for each claim, where there are several."""
    found = [f"{listed([words(name) for name in one.claims])} {words(one.outcome)}" for one in verdict.claims]
    return f"; {', '.join(found)}" if found else ""


def _declined(said: e.ClaimDeclined) -> str:
    if said.reason == e.NOT_PROVIDED:
        return "told kindly that this was never promised"
    again = f"; measurements contradict {said.contradicted} claims by now" if said.contradicted else ""
    return f"declined on evidence: {words(said.reason)}{again}"


def _verdict(verdict: e.VerdictReached) -> str:
    so_far = " so far" if verdict.ongoing else ""
    owed = f", {_worth(verdict.remedy)} owed{so_far}" if verdict.remedy else ""
    grade = "" if verdict.promise == "kept" else f", severity {verdict.severity}"
    why = f" ({listed([words(reason) for reason in verdict.reasons])})" if verdict.reasons else ""
    lacks = f"; nobody measured {listed([words(fact) for fact in verdict.missing])}" if verdict.missing else ""
    behind = f"; incident {verdict.incident}" if verdict.incident else ""
    return (
        f"verdict: {words(verdict.outcome)}, promise {verdict.promise}{owed}{grade}{why}{lacks}{_each(verdict)}{behind}"
    )


def _joined(joined: e.CaseJoined) -> str:
    before = f", for which {_worth(joined.granted)} was granted" if joined.granted else ""
    more = f"{_worth(joined.remedy)} more" if joined.remedy else "nothing more"
    return f"{joined.complaint} is about the same failure as {joined.first}{before}: {more} is owed; joined to it, and counted"


def _awaited(awaited: e.EvidenceAwaited) -> str:
    facts = listed([words(fact) for fact in awaited.facts])
    return f"operations have not said yet: {facts}; waiting until {awaited.until.astimezone():%d %b %H:%M:%S}"


def _opened(opened: e.CaseOpened) -> str:
    waits = f", evidence awaited until {opened.awaiting.astimezone():%H:%M:%S}" if opened.awaiting else ""
    return "case opened" + waits + (f"; answered by {when(opened.answer_by)}" if opened.answer_by else "")


def _started(started: ClocksStarted) -> str:
    lapsed = [words(clock.rung) for clock in started.clocks.clocks if clock.lapsed]
    over = f"; over before it reached us: {listed(lapsed)}" if lapsed else ""
    runs = [words(clock.rung) for clock in started.clocks.clocks if not clock.lapsed]
    return f"the clocks of {started.clocks.pack} run: {listed(runs)}{over}"


def _late(missed: e.ClockMissed) -> str:
    what = f"{words(missed.owed)} ({words(missed.rung)} of {missed.clock}) was due {when(missed.due)}"
    if missed.met:
        return f"{what} and came late"
    body = f"; the customer may turn to {missed.body}" if missed.body else ""
    return f"{what}: {missed.to} sees to it{body}"


def _progress(report: e.ProgressReported) -> str:
    before = f", before {words(report.rung)} is due" if report.rung else ""
    return f"still at it ({words(report.reason)}{before}); heard of again by {when(report.next)}"


def _noted(noted: e.ChoiceNoted) -> str:
    until = f"; it may be taken back until {noted.until.astimezone():%d %b %H:%M}" if noted.until else ""
    broken = "; the case stays open until the thing works again" if noted.ongoing else ""
    return f"agreed on {words(noted.option or 'the apology')}{until}{broken}"


def _payment(key: str, form: str, amount: Money | None) -> str:
    return f"{money(amount)} as {words(form)} ({key})" if amount else f"{words(form)} ({key})"


def _made(made: e.PaymentMade) -> str:
    instead = f", instead of {money(made.instead_of)}" if made.instead_of else ""
    late = ", late" if made.late else ""
    return f"it has arrived{late}: {_payment(made.key, made.form, made.amount)}{instead}"


SENTENCES: dict[type[Any], tuple[str, Callable[[Any], str]]] = {
    **RULINGS,
    e.ComplaintAccepted: ("comes", _taken),
    e.ComplaintMerged: (
        "comes",
        lambda x: f"{x.complaint}: wrote again; joined to {x.into}, and counted{_hints(x.signals)}",
    ),
    e.ComplaintRejected: ("stops", lambda x: f"cannot be taken: {x.detail}"),
    e.ComplaintWithdrawn: ("replies", lambda _: "the customer took the complaint back"),
    e.CompensationRecorded: ("comes", lambda x: f"already given elsewhere: {money(x.amount)} {x.form or ''}".rstrip()),
    e.EvidenceAwaited: ("looks", _awaited),
    e.EvidenceArrived: ("looks", lambda x: f"new evidence about {x.subject}: {x.record}"),
    e.EvidenceContinued: ("looks", lambda x: f"{x.record} concerns more complaints, which are told next"),
    e.RecoveryContinued: ("looks", lambda x: f"{x.incident} names more customers, to whom we come forward next"),
    e.InformationRequested: ("looks", lambda x: f"only the customer can know: {_asked(x.questions)}"),
    e.IncidentSuspected: ("stops", _suspected),
    e.VerdictReached: ("judges", _verdict),
    HistoryKept: ("ends", lambda _: "older than the house looks back: judged, and nobody is written to"),
    CompensationSetOff: ("pays", lambda x: f"set off, as others have given it already: {money(x.amount)}"),
    e.CaseOpened: ("looks", _opened),
    e.RemedyGranted: ("pays", _granted),
    e.ApologyOffered: ("says", lambda x: f"round {x.round}: explanation and apology{_again(x.repeated)}"),
    e.OptionsOffered: ("says", _offered),
    e.InformationInvited: (
        "says",
        lambda x: f"the customer is asked {_asked(x.questions)}, until {x.expires.astimezone():%d %b %H:%M}",
    ),
    e.InputInvited: ("says", lambda x: f"round {x.round}: what would put it right?"),
    e.CounterAnswered: ("says", lambda x: f"{'granted as asked' if x.granted else 'not granted'}: {x.reason}"),
    e.HandedOver: ("stops", lambda x: f"handed to a person ({x.to}): {words(x.why)}"),
    e.FinalSayGiven: ("says", lambda x: f"round {x.round}: the final say, signed by {x.role}"),
    e.ClaimDeclined: ("ends", _declined),
    e.CaseSettled: (
        "ends",
        lambda x: f"settled with {words(x.option)}" if x.option else "settled: content with the apology",
    ),
    e.ChoiceNoted: ("says", _noted),
    e.ChoiceUndone: ("says", lambda x: f"round {x.round}: what lay on the table lies there again"),
    e.AnswerUndone: ("replies", lambda _: "the customer takes the choice back"),
    e.CaseExpired: ("ends", lambda _: "no answer came in time; what is owed stays paid"),
    e.CaseJoined: ("ends", _joined),
    e.CaseWithdrawn: ("ends", lambda _: "closed at the customer's wish"),
    ClocksStarted: ("looks", _started),
    e.ClockMissed: ("stops", _late),
    e.ProgressReported: ("says", _progress),
    e.PromiseMade: ("says", lambda x: f"promised for {when(x.due)}: {words(x.what)}; {x.owner} sees to it"),
    e.PromiseKept: ("says", lambda x: f"kept: {words(x.what)}"),
    e.PromiseMissed: ("stops", lambda x: f"not done by {when(x.due)}: {words(x.what)}; {x.owner} sees to it"),
    e.PaymentMade: ("says", _made),
    e.PaymentDelayed: ("stops", lambda x: f"late: {_payment(x.key, x.form, x.amount)}; {x.owner} sees to it"),
    e.RepeatFailureFound: ("stops", lambda x: f"{x.failures} failures of {x.subject} since {when(x.since)}"),
    e.PayoutDue: ("pays", _due),
    e.PayoutCompleted: ("pays", lambda x: f"billing has paid {money(x.amount) if x.amount else x.key}"),
    e.PayoutFailed: ("stops", lambda x: f"billing could not pay {x.key}: {x.reason or 'no reason given'}"),
    e.PayoutUnrecognised: ("stops", lambda x: f"billing speaks of {x.key}, which was never due: {x.to} looks into it"),
    e.NoticeSent: ("says", lambda x: f"letter out: {words(x.kind)} ({x.channel}, {x.language})"),
    e.NoticeFailed: ("stops", _unsent),
    e.ApologyAccepted: ("replies", lambda _: "the customer accepts the apology"),
    e.OptionAccepted: ("replies", lambda x: f"the customer chooses {words(x.option)}"),
    e.OptionsRejected: ("replies", lambda _: "the customer says: not enough"),
    e.CounterOffered: (
        "replies",
        lambda x: f"the customer proposes {money(x.amount) if x.amount else 'something else'}",
    ),
    e.InformationGiven: ("replies", _told),
    e.SatisfactionRated: ("replies", lambda x: f"the customer says how well we put it right: {x.score} of 5"),
    e.PromiseGiven: ("replies", lambda x: f"{x.by} ({x.role}) has promised {x.what} by {when(x.due)}"),
    e.PromiseFulfilled: ("replies", lambda x: f"{x.by} ({x.role}) has done what was promised: {x.promised}"),
    e.PayoutRenewed: ("replies", lambda x: f"{x.by} ({x.role}) makes {x.key} due once more: {x.reason}"),
    e.FulfilmentContested: ("replies", lambda x: f"the customer says that it has not arrived: {x.key}"),
    e.QuestionAsked: ("replies", lambda _: "the customer asks a question"),
    e.PersonAskedFor: ("replies", lambda _: "the customer asks for a person"),
    e.TimerFired: ("looks", lambda x: f"the clock: {words(x.name)}"),
    e.DeadLetterAdded: (
        "stops",
        lambda x: f"set aside as dead letter {x.flow}-{x.number}: {_short(x.reason, 110)}",
    ),
}
"""Every event of the road, as staff read it."""
