"""What a customer may say on their page, and the one event that it becomes."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, UUID, uuid5

from services.notifier.notice import OPEN, Table
from services.notifier.page import doubts
from services.notifier.page.pages import Page
from shared.events import (
    Answer,
    AnswerUndone,
    ApologyAccepted,
    CounterOffered,
    OptionAccepted,
    OptionsRejected,
    PersonAskedFor,
    QuestionAsked,
    SatisfactionRated,
)
from shared.money import Money

ACCEPT, OPTION, REFUSE, COUNTER = "apology-accepted", "option-accepted", "options-rejected", "counter-offered"
QUESTION, PERSON = "question-asked", "person-asked-for"
UNDO, RATE = "answer-undone", "satisfaction-rated"
CHOICES: dict[Table | None, tuple[str, ...]] = {
    "apology": (ACCEPT, REFUSE, COUNTER, QUESTION, PERSON),
    "options": (OPTION, REFUSE, COUNTER, QUESTION, PERSON),
    "input": (COUNTER, REFUSE, QUESTION, PERSON),
    "final": (ACCEPT, QUESTION, PERSON),
    "agreed": (UNDO, QUESTION, PERSON),
    "settled": (RATE, PERSON),
}
"""What may be said to what lies on the table, on the page and on the phone; the options stand there by their ids."""
LATE: tuple[str, ...] = (PERSON,)
"""Where nothing is open any more: who wants a person gets one, early or late."""
ENDS = frozenset({ACCEPT, OPTION, REFUSE, COUNTER, UNDO})
"""Answers to what lies on the table; there is one for each round. A question is none. Who takes a choice back sees
everything again as soon as the offer has laid it out anew."""
SCORES = tuple(f"{RATE}/{score}" for score in range(1, 6))
NEEDS_WORDS = frozenset({COUNTER, QUESTION})
SUM = re.compile(r"[0-9]{1,9}([.,][0-9]{1,3})?")
LONGEST = 4_000
FIELDS = 20
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Given(NamedTuple):
    """A form as it came: `choice` is one of CHOICES, for an option with its id behind a slash, for a rating with its score;
    `amount` a sum they name, `form` how they would have it. `sure`: they were asked whether they mean it, and do."""

    round: str
    choice: str
    text: str
    amount: str = ""
    sure: bool = False
    form: str = ""

    @property
    def kind(self) -> str:
        return self.choice.partition("/")[0]

    @property
    def option(self) -> str:
        return self.choice.partition("/")[2]


class Misfit(ValueError):
    """This cannot be an answer now; the text is the key of the words that say why."""


class Doubtful(ValueError):
    """This may not be meant as it was chosen; the text is the key of the words that ask back."""


class TooLong(ValueError):
    """These are more words than a page takes."""


def read_form(body: bytes) -> Given:
    """The answer in a form's body; of what is no form, nothing is left. Raises TooLong."""
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="replace"))
    except ValueError:
        fields = {}
    text = CONTROLS.sub("", fields.get("text", "").replace("\r\n", "\n")).strip()
    if len(text) > LONGEST:
        raise TooLong
    amount = CONTROLS.sub("", fields.get("amount", "")).strip()[:40]
    return Given(fields.get("round", ""), fields.get("choice", ""), text, amount, fields.get("sure") == "yes")


def currency_of(page: Page) -> str | None:
    """In which currency the customer may name a sum; None where we do not know one."""
    facts = page.says.facts
    sums = [option.amount for option in page.options if option.amount]
    known = [*(sum_.currency for sum_ in sums), *([facts.remedy.sum.currency] if facts.remedy else [])]
    return facts.currency or next(iter(known), None)


def amount_of(page: Page, given: Given) -> Money | None:
    """The sum that the customer names for what would put it right. Raises Misfit for what is none."""
    currency = currency_of(page)
    if given.kind != COUNTER or not given.amount or currency is None:
        return None
    if not SUM.fullmatch(given.amount):
        raise Misfit("wrong-amount")
    amount = Money(Decimal(given.amount.replace(",", ".")), currency)
    if amount != amount.rounded() or amount.amount <= 0:
        raise Misfit("wrong-amount")
    return amount


def choices(page: Page) -> tuple[str, ...]:
    """What may be said on this page now, each as a form gives it."""
    offered = CHOICES.get(page.state, LATE)
    if page.state in OPEN and (not page.open or page.said in ENDS):
        offered = LATE
    if page.state == "agreed" and (page.said == UNDO or not page.in_time or page.expires is None):
        offered = tuple(choice for choice in offered if choice != UNDO)
    named: Mapping[str, tuple[str, ...]] = {
        OPTION: tuple(f"{OPTION}/{option.id}" for option in page.options),
        RATE: () if page.rated else SCORES,
        PERSON: () if page.person or page.said == PERSON else (PERSON,),
    }
    return tuple(value for choice in offered for value in named.get(choice, (choice,)))


def check(page: Page, given: Given) -> None:
    """Raise Misfit unless this is a choice that lies before the customer now."""
    if not given.choice:
        raise Misfit("choose-first")
    if given.round != str(page.round) or given.choice not in choices(page):
        raise Misfit("answered-already" if page.choice and page.said in ENDS else "changed")
    amount_of(page, given)


def check_words(page: Page, given: Given) -> None:
    """Raise Misfit where there have to be words, and Doubtful where they say something else than the choice does."""
    if not (amount_of(page, given) or given.form) and given.kind in NEEDS_WORDS and not given.text:
        raise Misfit("words-first")
    if not given.sure and given.kind in (ACCEPT, OPTION) and doubts.says_unsolved(given.text):
        raise Doubtful("unsolved")
    if not given.sure and given.kind == REFUSE and doubts.only_asks(given.text):
        raise Doubtful("only-asks")


def answer(page: Page, given: Given, by: str = "customer") -> Answer:
    """The event for a checked answer; `by` is the customer, or the name of who wrote it down for them."""
    about: dict[str, Any] = {
        "customer": page.customer,
        "at": page.now,
        "complaint": page.complaint,
        "source": page.source,
        "case": page.case,
        "round": page.round,
        "severity": page.severity,
        "by": by,
    }
    text = given.text or None
    match given.kind:
        case "apology-accepted":
            return ApologyAccepted(**about, text=text)
        case "option-accepted":
            return OptionAccepted(**about, option=given.option, text=text)
        case "options-rejected":
            return OptionsRejected(**about, reason=text)
        case "counter-offered":
            return CounterOffered(**about, text=text, amount=amount_of(page, given), form=given.form or None)
        case "question-asked":
            return QuestionAsked(**about, text=text)
        case "answer-undone":
            return AnswerUndone(**about)
        case "satisfaction-rated":
            return _rated(page, given, about)
        case _:
            return PersonAskedFor(**about, text=text)


def _rated(page: Page, given: Given, about: dict[str, Any]) -> SatisfactionRated:
    facts = page.says.facts
    return SatisfactionRated(
        **about,
        score=int(given.option),
        text=given.text or None,
        remedy=facts.remedy.sum if facts.remedy else None,
        goodwill=facts.goodwill,
        contacts=facts.contacts or 1,
    )


def answer_id(page: Page, given: Given) -> UUID:
    """Derived from case, round and what was said, so that saying it twice is one event. A case is rated once."""
    if given.kind == RATE:
        return uuid5(NAMESPACE_URL, f"amends:rating:{page.case}")
    amount = f"\n\n{given.amount}" if given.amount else ""
    amount += f"\n\n\n{given.form}" if given.form else ""
    return uuid5(NAMESPACE_URL, f"amends:answer:{page.case}/{page.round}/{given.choice}\n{given.text}{amount}")
