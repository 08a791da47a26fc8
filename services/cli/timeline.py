"""The life of a case as a person reads it: one sentence for each thing that happened."""

from datetime import datetime
from typing import Any

from rich.text import Text

from shared import events as e
from shared.money import Money

MARKS = {"in": ("●", "cyan"), "look": ("◌", "blue"), "judge": ("◆", "magenta"), "say": ("✉", "yellow")}
MARKS |= {"pay": ("＋", "green"), "reply": ("◀", "cyan"), "end": ("■", "bold green"), "stop": ("▲", "bold red")}


def line(event: Any, at: datetime, width: int = 0) -> Text:
    """One line of a timeline: local wall time, a mark, the sentence."""
    mark, sentence = describe(event)
    sign, style = MARKS[mark]
    text = Text(f"{at.astimezone():%H:%M:%S.%f}"[:-4] + "  ", style="dim")
    return text.append(f"{sign} ", style=style).append(sentence, style="" if mark in ("look", "in") else style)


def describe(event: Any) -> tuple[str, str]:
    """What happened, in one sentence, and what kind of thing it was (a key of MARKS)."""
    match event:
        case e.AboutCase():
            return _of_case(event)
        case e.ComplaintAccepted(text=text, category=category):
            return "in", f"complaint taken: “{_short(text or category or '')}”"
        case e.ComplaintMerged(into=into):
            return "in", f"wrote again: joined to {into}, and counted"
        case e.ComplaintRejected(detail=detail):
            return "stop", f"cannot be taken: {detail}"
        case e.ComplaintWithdrawn():
            return "reply", "the customer took the complaint back"
        case e.CompensationRecorded(amount=amount, form=form):
            return "in", f"already given elsewhere: {money(amount)} {form or ''}".rstrip()
        case e.EvidenceAwaited(facts=facts, until=until):
            return "look", f"operations have not said {_listed(facts)} yet; waiting until {until.astimezone():%d %b %H:%M:%S}"
        case e.EvidenceArrived(subject=subject, record=record):
            return "look", f"new evidence about {subject}: {record}"
        case e.VerdictReached():
            return "judge", _verdict(event)
        case e.PayoutCompleted(key=key):
            return "pay", f"billing has paid {key}"
        case e.PayoutFailed(key=key, reason=reason):
            return "stop", f"billing could not pay {key}: {reason or 'no reason given'}"
        case e.TimerFired(name=name):
            return "look", f"the clock: {name}"
        case e.DeadLetterAdded(reason=reason, flow=flow, number=number):
            return "stop", f"set aside as dead letter {flow}-{number}: {reason.splitlines()[-1] if reason else ''}"
        case _:
            return "look", type(event).__name__


def _of_case(event: e.AboutCase) -> tuple[str, str]:
    match event:
        case e.CaseOpened(awaiting=awaiting):
            return "look", "case opened" + (f", evidence awaited until {awaiting.astimezone():%H:%M:%S}" if awaiting else "")
        case e.RemedyGranted(remedy=remedy, part=part):
            return "pay", f"owed, and paid by itself: {money(remedy)}" + (f" (part {part})" if part > 1 else "")
        case e.ApologyOffered():
            return "say", f"round {event.round}: explanation and apology"
        case e.OptionsOffered(options=options):
            both = "apology and " if event.round == 1 else ""
            return "say", f"round {event.round}: {both}{len(options)} options: " + " · ".join(map(option, options))
        case e.InputInvited():
            return "say", f"round {event.round}: what would put it right?"
        case e.CounterAnswered(granted=granted, reason=reason):
            return "say", f"{'granted as asked' if granted else 'not granted'}: {reason}"
        case e.HandedOver(to=to, why=why):
            return "stop", f"handed to a person ({to}): {_words(why)}"
        case e.FinalSayGiven(role=role):
            return "say", f"the final say, signed by {role}"
        case e.ClaimDeclined(reason=reason):
            return "end", f"declined on evidence: {_words(reason)}"
        case e.CaseSettled(option=chosen):
            return "end", "settled" + (f" with {_words(chosen)}" if chosen else ": content with the apology")
        case e.CaseExpired():
            return "end", "no answer came in time; what is owed stays paid"
        case e.CaseWithdrawn():
            return "end", "closed at the customer's wish"
        case e.PayoutDue(ledger=ledger, amount=amount, form=form):
            return "pay", f"to be paid ({ledger}): {money(amount)} {form}"
        case e.NoticeSent(kind=kind, channel=channel):
            return "say", f"letter out ({_words(kind)}, {channel})"
        case e.NoticeFailed(kind=kind, reason=reason):
            return "stop", f"letter not delivered ({_words(kind)}): {_words(reason)}"
        case _:
            return _of_answer(event)


def _of_answer(event: e.AboutCase) -> tuple[str, str]:
    match event:
        case e.ApologyAccepted():
            return "reply", "the customer accepts the apology"
        case e.OptionAccepted(option=chosen):
            return "reply", f"the customer chooses {_words(chosen)}"
        case e.OptionsRejected():
            return "reply", "the customer says: not enough"
        case e.CounterOffered(amount=amount):
            return "reply", "the customer proposes" + (f" {money(amount)}" if amount else " something else")
        case e.QuestionAsked():
            return "reply", "the customer asks a question"
        case e.PersonAskedFor():
            return "reply", "the customer asks for a person"
        case _:
            return "look", type(event).__name__


def money(sum_: Money) -> str:
    """As it is printed for staff: the code, then the amount."""
    return f"{sum_.currency} {sum_.amount}"


def option(offered: e.Option) -> str:
    """An option in two or three words."""
    return _words(offered.form) + (f" {money(offered.amount)}" if offered.amount else "")


def _verdict(verdict: e.VerdictReached) -> str:
    owed = f", {money(verdict.remedy)} owed" if verdict.remedy else ""
    grade = f", severity {verdict.severity}" if verdict.promise != "kept" else ""
    why = f" ({_listed(tuple(map(_words, verdict.reasons)))})" if verdict.reasons else ""
    lacks = f"; nobody measured {_listed(verdict.missing)}" if verdict.missing else ""
    return f"verdict: {_words(verdict.outcome)}, promise {verdict.promise}{owed}{grade}{why}{lacks}"


def _words(code: str) -> str:
    return code.replace("_", " ").replace("-", " ")


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"


def _short(text: str, limit: int = 72) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
