"""Why a customer gets what they get, and why not more: so that whoever is asked can say it without having to search."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from msgspec import Struct

from services.offer import menu
from services.offer.case import OFFERED, Case
from services.offer.limits import BUDGET, BUDGET_SOFT, LIMIT_NUMBER, LIMIT_SUM, Room
from services.offer.menu import Held
from services.offer.terms import Terms
from shared.events import Clause, VerdictReached
from shared.money import Money
from shared.policy.policy import Rounds

HELD = {
    "later-round": "kept for a later round: shown if what lies before the customer is turned down",
    "others-fit-better": "others fit this loss better and go first",
    "rounds-over": "the menu's rounds are over; who asks for it may still get it",
    "for-another-loss": "made for another kind of loss",
    "price-unknown": "nobody knows what was paid, in a currency that the menu has",
    "too-small": "comes to nothing at this price",
    "above-ceiling": "would be over the ceiling together with what is owed",
    LIMIT_NUMBER: "the customer has had as many gifts as a year allows",
    LIMIT_SUM: "the customer has had as much as a year allows",
    BUDGET: "the house's budget of the month is spent",
    BUDGET_SOFT: "the house's budget of the month is nearly spent",
}
"""Why an option is not on the table, for staff."""
WITHOUT_OFFER = {
    "unopened": "no case is open yet",
    "awaiting": "the verdict waits for evidence or for the customer, and what is offered follows from it",
    "handed_over": "a person has the case, and the rounds have stopped",
    "agreed": "the customer has chosen",
    "settled": "the customer was content, and the case is closed",
    "expired": "no answer came in time; what was shown may be asked for again with a new letter",
    "joined": "the same failure was complained of before: what is given for it is given in that case, once",
    "withdrawn": "the customer took the complaint back",
    "history": "older than the house looks back: judged, and nobody is written to",
    "declined": "the promise was kept, and where it was nothing more is offered",
}
"""Why nothing more is put to the customer in these states."""


class Reason(Struct, frozen=True, omit_defaults=True):
    """One reason: `code` for programs, `says` for staff, `options` that it holds for, `amount` that it comes to."""

    code: str
    says: str
    options: tuple[str, ...] = ()
    amount: Money | None = None


class Explanation(Struct, frozen=True):
    """The answer to "why not more?", by ledger; `approval` says who could give what beyond the offer."""

    remedy: tuple[Reason, ...]
    goodwill: tuple[Reason, ...]
    approval: tuple[Reason, ...]


def explain(case: Case, verdict: VerdictReached | None, terms: Terms) -> Explanation:
    """For a case as it stands, by the verdict that was reached last and by the policy and the limits of `terms`."""
    return Explanation(
        remedy=(*_remedy(case, verdict), *_elsewhere(case, terms)),
        goodwill=tuple(_goodwill(case, terms)),
        approval=tuple(_approval(case, terms)) if _may_be_asked(case) else (),
    )


def _remedy(case: Case, verdict: VerdictReached | None) -> Iterator[Reason]:
    """What is owed, by which clause, and which limits of the promise itself bit."""
    if verdict is None:
        yield Reason("no-verdict", "no verdict has been reached, so nobody knows yet what is owed")
        return
    yield _owed(verdict)
    for clause in _clauses(verdict):
        if clause.result == "limited":
            yield Reason("limited", f"the promise itself limits it: {clause.name}")
        elif clause.result == "not_proved":
            yield Reason(
                "not-proved", f"an exclusion was looked at and not proved, so it takes nothing away: {clause.name}"
            )
    if verdict.missing:
        yield Reason("missing", f"nobody measured {_listed(verdict.missing)}; when somebody does, it is judged again")
    if verdict.contested:
        yield Reason("contested", "the customer's word stands against a measurement")
    if verdict.ongoing:
        yield Reason("ongoing", "the failure had not ended: it is what is owed so far")
    yield from _beside(case, verdict)


def _owed(verdict: VerdictReached) -> Reason:
    by = f"{verdict.schedule}, {_listed(verdict.reasons) or 'no reason given'} (policy {verdict.policy})"
    if verdict.remedy is not None:
        return Reason("owed", f"{_sum(verdict.remedy.sum)} is owed under {by}", amount=verdict.remedy.sum)
    said = {
        "not_owed": "nothing is owed",
        "excluded": "nothing is owed: an exclusion was proved",
        "cannot_tell": "nobody can tell whether anything is owed",
    }.get(verdict.outcome, "nothing is owed")
    return Reason(verdict.outcome.replace("_", "-"), f"{said} under {by}")


def _clauses(verdict: VerdictReached) -> Iterator[Clause]:
    for judged in verdict.claims or (verdict,):
        yield from judged.clauses


def _beside(case: Case, verdict: VerdictReached) -> Iterator[Reason]:
    """What of it was granted, and what others had given."""
    now = verdict.remedy.sum if verdict.remedy else None
    if case.owed and (now is None or (now.currency == case.owed.currency and now < case.owed)):
        yield Reason("never-less", f"an earlier verdict said {_sum(case.owed)}, and that stands", amount=case.owed)
    if case.set_off:
        yield Reason("set-off", f"{_sum(case.set_off)} had been given elsewhere, and counts", amount=case.set_off)
    if granted := case.due("remedy"):
        yield Reason("granted", f"{_sum(granted)} was granted, and is paid by itself", amount=granted)


def _elsewhere(case: Case, terms: Terms) -> Iterator[Reason]:
    """What the same failure has brought the customer already, by another complaint."""
    if terms.covered:
        where = f" in case {case.into}" if case.into else ""
        says = f"{_sum(terms.covered)} was granted for the same failure{where}, and one failure is owed once"
        yield Reason("same-failure", says, amount=terms.covered)


def _goodwill(case: Case, terms: Terms) -> Iterator[Reason]:
    """What we give because we are sorry: where the case stands, which ceiling and limits hold, and why each option waits."""
    if case.state not in OFFERED:
        yield Reason(case.state.replace("_", "-"), WITHOUT_OFFER[case.state])
    if case.why:
        yield Reason("person", f"a person has it: {_words(case.why)}")
    if case.shown:
        yield Reason("shown", "was put before the customer", tuple(option.id for option in case.shown))
    if given := case.due("goodwill"):
        yield Reason("given", f"{_sum(given)} was given", amount=given)
    if _may_be_asked(case):
        yield _ceiling(case, terms.rounds)
        yield from _left(case, terms.room)
        yield from _held(menu.held_back(terms.rounds, case, terms.room))
        if terms.raised:
            yield Reason("raised", f"severity {case.severity}, which {_listed(terms.raised)} raised it to")


def _ceiling(case: Case, rounds: Rounds) -> Reason:
    """How much money there may be in all; it binds goodwill, never what is owed."""
    loss, percent = case.loss, rounds.ceiling_of(case.schedule)
    if loss is None:
        return Reason("loss-unknown", "nobody knows what the failure cost the customer: only options without money")
    left = menu.below_ceiling(rounds, case)
    if left is None:
        says = f"what is owed or was given and the loss of {_sum(loss)} are in two currencies: a person weighs them"
        return Reason("another-currency", says)
    ceiling, room = loss.percent(percent), Money(max(Decimal(0), left.amount), left.currency).rounded()
    says = f"remedy and goodwill stay within {_sum(ceiling)}, {percent:f} % of the loss of {_sum(loss)}"
    return Reason("ceiling", f"{says}: {_sum(room)} for goodwill", amount=room)


def _left(case: Case, room: Room) -> Iterator[Reason]:
    """What the limits leave, where there are any: for gifts of money alone."""
    if room.gifts is not None:
        yield Reason(
            LIMIT_NUMBER, f"gifts of money that the customer may still have within the limit's time: {room.gifts}"
        )
    currency = case.loss.currency if case.loss else ""
    for code, whose, sums in ((LIMIT_SUM, "this customer", room.sums), (BUDGET, "the house this month", room.house)):
        if currency in sums:
            left = Money(max(Decimal(0), sums[currency]), currency)
            yield Reason(code, f"the limit of {whose} leaves {_sum(left)}", amount=left)


def _held(held: Iterable[Held]) -> Iterator[Reason]:
    for why, some in groupby(sorted(held, key=lambda one: one.why), key=lambda one: one.why):
        yield Reason(why, HELD.get(why, _words(why)), tuple(option.id for option in some))


def _approval(case: Case, terms: Terms) -> Iterator[Reason]:
    """What is given as soon as it is asked for, what somebody has to say yes to, and where nobody can."""
    approvals, dearest, loss = terms.policy.approvals, menu.dearest(terms.rounds, case), case.loss
    limits = terms.room.leaves_to_approver(dearest) if dearest else ()
    if dearest and limits:
        level = approvals.first_for(dearest, loss, contested=case.contested)
        who = level.role if level else "nobody"
        yield Reason("limited", f"even what the menu has is for {who} to give: {_listed(limits)}")
    elif dearest:
        yield Reason("as-asked", f"up to {_sum(dearest)} is given at once to who asks for it", amount=dearest)
    if loss is None:
        yield Reason("approver", f"any sum is for {approvals.weighs} to give at least: nobody knows the loss")
        return
    for level in approvals.levels:
        if most := level.most(loss):
            yield Reason("approver", f"above that, up to {_sum(most)}, {level.role} says yes or no", amount=most)
    yield Reason("beyond-the-loss", "more than that is declined, with what else there is")


def _may_be_asked(case: Case) -> bool:
    return case.state in OFFERED or case.state == "handed_over"


def _sum(money: Money) -> str:
    rounded = money.rounded()
    return f"{rounded.currency} {rounded.amount}"


def _words(code: str) -> str:
    return code.replace("_", " ").replace("-", " ")


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(map(_words, codes))
