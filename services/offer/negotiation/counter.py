"""What we say to what a customer asks for in their own words: yes, exactly as asked; let me ask somebody; or a kind no."""

from collections.abc import Iterable

from msgspec.structs import replace

from services.offer import menu
from services.offer.case import Case, Request, about
from services.offer.negotiation.rounds import decline_goodwill, hand_over, next_round
from services.offer.negotiation.settling import settle
from services.offer.payouts.fulfilment import remedy_due
from services.offer.payouts.remedy import granted_so_far
from services.offer.staff.approvals import ask
from services.offer.terms import Terms
from shared.events import APPROVAL, CUSTOMER, CounterAnswered, CounterOffered, HandedOver, Option
from shared.money import Money
from shared.policy.approvals import Level
from shared.policy.menus import AS_ASKED
from shared.policy.policy import Rounds
from shared.remedy import FORM, remedy_of
from shared.runtime.decider import Answered

AS_YOU_ASKED, OWED_ANYWAY, BEYOND_LOSS = "as-you-asked", "owed-in-another-form", "beyond-the-loss"
"""Why it is granted, or not."""
CONTESTED = "contested"
"""Why somebody is asked: their word stands against a measurement."""


def answer_counter(case: Case, asked: CounterOffered, terms: Terms) -> tuple[Answered, ...]:
    """What is within policy is granted at once; what an approver may give goes to them; what is beyond all that gets a
    reasoned no beside what is still in reserve. What only has words is for a person to read."""
    policy = terms.policy
    if case.grounds and granted_so_far(case) is None:
        return decline_goodwill(case, asked.at, policy, policy.rounds.final_say)
    amount = asked.amount if asked.amount and asked.amount.amount > 0 else None
    if amount is None and asked.form is None:
        return hand_over(case, "counter_offered", asked.at, policy)
    if _is_owed(case, amount, asked.form):
        return _in_another_form(case, asked, terms)
    option, why = _shown(case, amount, asked.form), tuple[str, ...]()
    if option is None and (option := _on_the_menu(policy.rounds, case, amount, asked.form)):
        why = _leaves_to_approver(case, option, terms)
    if option and not why:
        return (_granted(case, asked, AS_YOU_ASKED, option, terms), *settle(case, asked.at, policy, option, told=True))
    wish = option or Option(AS_ASKED, asked.form or FORM, amount)
    level = policy.approvals.first_for(wish.amount, case.loss, contested=case.contested)
    if level is None or _is_beyond(policy.rounds, case, wish.amount):
        return _denied(case, asked, terms)
    return _for_approval(case, asked, wish, level, terms)


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


def _leaves_to_approver(case: Case, option: Option, terms: Terms) -> tuple[str, ...]:
    """Why what the menu has is not simply granted, codes: a limit, or that only their word stands for more than a set sum."""
    if option.amount is None:
        return ()
    doubted = case.contested and terms.policy.approvals.doubtful(option.amount)
    return (*terms.room.leaves_to_approver(option.amount), *((CONTESTED,) if doubted else ()))


def _is_beyond(rounds: Rounds, case: Case, amount: Money | None) -> bool:
    """Above the ceiling. Where the loss is unknown, or in another currency, a person has to look."""
    if amount is None or case.loss is None or case.loss.currency != amount.currency:
        return False
    return menu.too_much(rounds, case, amount)


def _denied(case: Case, asked: CounterOffered, terms: Terms) -> tuple[Answered, ...]:
    """Once in a round, and with what we can do instead."""
    if case.denied == case.round:
        return ()
    instead = next_round(replace(case, denied=case.round), asked.at, terms, unmet=BEYOND_LOSS)
    facts = about(case, asked.at) | {"asked": _named(asked), **terms.read_for(case)}
    return (CounterAnswered(**facts, granted=False, reason=BEYOND_LOSS, explained=bool(instead)), *instead)


def _for_approval(
    case: Case, asked: CounterOffered, option: Option, level: Level, terms: Terms
) -> tuple[Answered, ...]:
    """Whoever may give it has the case, and the rounds stop until they have said yes or no."""
    entered_by = None if asked.by == CUSTOMER else asked.by
    limits = terms.room.leaves_to_approver(option.amount) if option.amount else ()
    why = _why_ask(terms, case, option)
    wish = Request(
        option, level.role, level.role, asked.at, asked.at, asked_by=entered_by, reasons=(why,), limits=limits
    )
    request = ask(case, asked.at, terms, level, wish)
    return (*request, HandedOver(**about(case, asked.at), to=level.role, why=APPROVAL))


def _why_ask(terms: Terms, case: Case, option: Option) -> str:
    rounds = terms.rounds
    if option.amount is None or option.form not in menu.money_forms(rounds):
        return "not-on-the-menu"
    if case.loss is None or case.loss.currency != option.amount.currency:
        return "loss-unknown"
    dearest = menu.dearest(rounds, case)
    if not dearest or not _is_within(option.amount, [dearest]):
        return "above-the-menu"
    return "past-a-limit" if terms.room.leaves_to_approver(option.amount) else CONTESTED


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
    if not parts or any(due.arrived for due in parts.values()):
        return hand_over(case, "remedy_in_another_form", asked.at, terms.policy)
    dues = tuple(
        answer
        for key, due in sorted(parts.items())
        if due.amount
        for answer in remedy_due(case, remedy_of(due.amount, asked.form), key, asked.at, terms.policy.payouts)
    )
    option = Option(OWED_ANYWAY, asked.form, case.due("remedy"))
    return (_granted(case, asked, OWED_ANYWAY, option, terms), *dues, *settle(case, asked.at, terms.policy, told=True))


def _granted(case: Case, asked: CounterOffered, reason: str, option: Option, terms: Terms) -> CounterAnswered:
    facts = about(case, asked.at) | {"asked": _named(asked), **terms.read_for(case)}
    return CounterAnswered(**facts, granted=True, reason=reason, option=option)


def _named(asked: CounterOffered) -> Option | None:
    """What the customer proposed, where it is a sum or a form: our answer begins with it."""
    return Option(AS_ASKED, asked.form or FORM, asked.amount) if asked.amount or asked.form else None
