"""What we say to what a customer asks for in their own words: yes, exactly as asked; let me ask somebody; or a kind no."""

from collections.abc import Iterable

from msgspec.structs import replace

from services.offer import menu
from services.offer.case import Case, about
from services.offer.fulfilment import remedy_due
from services.offer.remedy import granted_so_far
from services.offer.rounds import hand_over, next_round
from services.offer.settling import settle
from services.offer.terms import Terms
from shared.events import ApprovalRequested, CounterAnswered, CounterOffered, HandedOver, Option
from shared.money import Money
from shared.policy.menus import AS_ASKED
from shared.policy.policy import Rounds
from shared.remedy import FORM, remedy_of
from shared.runtime.decider import Answered

AS_YOU_ASKED, OWED_ANYWAY, BEYOND_LOSS = "as-you-asked", "owed-in-another-form", "beyond-the-loss"
"""Why it is granted, or not."""
APPROVAL = "approval"
"""Why a person has the case: what was asked for is theirs to give."""


def answer_counter(case: Case, asked: CounterOffered, terms: Terms) -> tuple[Answered, ...]:
    """What is within policy is granted at once; what an approver may give goes to them; what is beyond all that gets a
    reasoned no beside what is still in reserve. What only has words is for a person to read."""
    policy = terms.policy
    if case.grounds and granted_so_far(case) is None:
        return next_round(case, asked.at, terms)
    amount = asked.amount if asked.amount and asked.amount.amount > 0 else None
    if amount is None and asked.form is None:
        return hand_over(case, "counter_offered", asked.at, policy)
    if _is_owed(case, amount, asked.form):
        return _in_another_form(case, asked, terms)
    option = _shown(case, amount, asked.form)
    limits: tuple[str, ...] = ()
    if option is None and (option := _on_the_menu(policy.rounds, case, amount, asked.form)):
        limits = terms.room.leaves_to_approver(option.amount) if option.amount else ()
    if option and not limits:
        return (_granted(case, asked, AS_YOU_ASKED, option, terms), *settle(case, asked.at, policy, option, told=True))
    if amount and _is_beyond(policy.rounds, case, amount):
        return _denied(case, asked, terms)
    return _for_approval(case, asked, option or Option(AS_ASKED, asked.form or FORM, amount), terms)


def _shown(case: Case, amount: Money | None, form: str | None) -> Option | None:
    """What was shown is given as it was shown, whoever turned it down, and whatever limit bites by now."""
    shown = [option for option in case.shown if form is None or option.form == form]
    if amount is None:
        return next(iter(shown), None)
    sums = [option.amount for option in shown if option.amount]
    return Option(AS_ASKED, form or FORM, amount) if _is_within(amount, sums) else None


def _on_the_menu(rounds: Rounds, case: Case, amount: Money | None, form: str | None) -> Option | None:
    """What the menu has for such a case, in any of its rounds."""
    if amount is None:
        return menu.of_form(rounds, case, form or FORM)
    dearest = menu.dearest(rounds, case) if form is None or form in menu.money_forms(rounds) else None
    return Option(AS_ASKED, form or FORM, amount) if dearest and _is_within(amount, [dearest]) else None


def _is_within(amount: Money, sums: Iterable[Money]) -> bool:
    return any(amount.currency == most.currency and amount <= most for most in sums)


def _is_beyond(rounds: Rounds, case: Case, amount: Money) -> bool:
    """More than anybody here may give. Where the loss is unknown, or in another currency, a person has to look."""
    if case.loss is None or case.loss.currency != amount.currency:
        return False
    return menu.too_much(rounds, case, amount) or amount > case.loss.percent(rounds.counter_offers.up_to)


def _denied(case: Case, asked: CounterOffered, terms: Terms) -> tuple[Answered, ...]:
    """Once in a round, and with what we can do instead."""
    if case.denied == case.round:
        return ()
    instead = next_round(replace(case, denied=case.round), asked.at, terms, unmet=BEYOND_LOSS)
    facts = about(case, asked.at) | {"asked": _named(asked), **terms.read_for(case)}
    return (CounterAnswered(**facts, granted=False, reason=BEYOND_LOSS, explained=bool(instead)), *instead)


def _for_approval(case: Case, asked: CounterOffered, option: Option, terms: Terms) -> tuple[Answered, ...]:
    """Whoever may give it has the case, with all that is known of it, and a day by which to say so."""
    counter = terms.rounds.counter_offers
    facts = about(case, asked.at)
    request = ApprovalRequested(
        **facts,
        id=f"{case.id}/{APPROVAL}/{case.round}",
        level=counter.approver,
        due=asked.at + counter.within,
        option=option,
        reasons=(_why_ask(terms.rounds, case, option),),
        limits=terms.room.leaves_to_approver(option.amount) if option.amount else (),
        **terms.read_for(case),
    )
    return (request, HandedOver(**facts, to=counter.approver, why=APPROVAL))


def _why_ask(rounds: Rounds, case: Case, option: Option) -> str:
    if option.amount is None or option.form not in menu.money_forms(rounds):
        return "not-on-the-menu"
    if case.loss is None or case.loss.currency != option.amount.currency:
        return "loss-unknown"
    dearest = menu.dearest(rounds, case)
    return "past-a-limit" if dearest and _is_within(option.amount, [dearest]) else "above-the-menu"


def _is_owed(case: Case, amount: Money | None, form: str | None) -> bool:
    """What is owed in kind, in another form of the same worth, is no gift: it counts in no limit."""
    due = case.due("remedy")
    if case.in_kind is None or form not in case.in_kind.equal or due is None:
        return False
    return amount is None or (amount.currency == due.currency and amount <= due)


def _in_another_form(case: Case, asked: CounterOffered, terms: Terms) -> tuple[Answered, ...]:
    """Due again under the same keys, which are paid once; what was given already, a person has to take back."""
    kind = case.in_kind
    assert kind is not None
    assert asked.form is not None
    parts = {key: due for key, due in case.payouts.items() if due.ledger == "remedy" and due.form == kind.form}
    if not parts or any(due.state == "paid" for due in parts.values()):
        return hand_over(case, "remedy_in_another_form", asked.at, terms.policy)
    dues = tuple(
        remedy_due(case, remedy_of(due.amount, asked.form), key, asked.at, terms.policy.payouts)
        for key, due in sorted(parts.items())
        if due.amount
    )
    option = Option(OWED_ANYWAY, asked.form, case.due("remedy"))
    return (_granted(case, asked, OWED_ANYWAY, option, terms), *dues, *settle(case, asked.at, terms.policy, told=True))


def _granted(case: Case, asked: CounterOffered, reason: str, option: Option, terms: Terms) -> CounterAnswered:
    facts = about(case, asked.at) | {"asked": _named(asked), **terms.read_for(case)}
    return CounterAnswered(**facts, granted=True, reason=reason, option=option)


def _named(asked: CounterOffered) -> Option | None:
    """What the customer proposed, where it is a sum or a form: our answer begins with it."""
    return Option(AS_ASKED, asked.form or FORM, asked.amount) if asked.amount or asked.form else None
