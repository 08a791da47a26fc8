"""One letter of each kind for each way in which a case can go: what a check reads, and what an editor looks at."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, get_args

from msgspec.structs import replace

from services.notifier.notice import Facts, Found, Kind, Reader, Template, Written
from shared.events import NOT_PROVIDED, Option, Question, Subject
from shared.money import Money
from shared.policy.policy import Policy
from shared.remedy import FORM, Remedy, remedy_of

LINK = "https://example.org/c/the-customers-page"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
OWED = remedy_of(Money(Decimal("17.50"), "EUR"))
VOUCHER = Option("voucher", "voucher", Money(Decimal("20.00"), "EUR"), arrives=0)
CALL = Option("call", "call", arrives=1, role="a senior in customer care")
REFUND = Option("as-asked", FORM, Money(Decimal("43.00"), "EUR"))
KINDS: dict[Template, Kind] = {
    "remedy-raised": "payment-made",
    "handed-over": "progress",
    "clock-missed": "progress",
    "choice-undone": "progress",
    "goodwill-given": "progress",
    "joined": "progress",
}
"""Of which kind a letter is whose template has a name of its own."""
FIRST = ("apology", "options")
"""The letters that say for the first time what was found."""


class Example(NamedTuple):
    """How a case stands when a letter is written; `name` says it in a word or two."""

    name: str
    template: Kind | Template
    facts: Facts
    round: int = 1
    part: int = 1
    severity: int = 2


LATE = Facts(
    subject=Subject("order", "A-1001"),
    promise="broken",
    outcome="owed",
    promised_on=date(2026, 2, 10),
    delivered_on=date(2026, 2, 19),
    days_late=9,
    zone="Europe/Berlin",
    remedy=OWED,
    paid_by=NOON + timedelta(days=10),
    options=(VOUCHER, CALL),
    expires=NOON + timedelta(days=14),
)
UNPROMISED = {"promised_on": None, "delivered_on": None, "days_late": None}
NOTHING_OWED: dict[str, Any] = {"remedy": None, "paid_by": None}
KEPT = replace(LATE, promise="kept", outcome="not_owed", **{**NOTHING_OWED, "days_late": 0, "options": ()})
UNKNOWN = replace(LATE, promise="unknown", outcome="cannot_tell", **NOTHING_OWED)
OUTAGE = replace(
    LATE, **UNPROMISED, subject=Subject("service", "fibre-north"), began=NOON, ended=NOON + timedelta(hours=3)
)
IN_KIND: Remedy = remedy_of(Money(Decimal("17.50"), "EUR"), "replacement", 2)


def letters(policy: Policy, language: str, variant: int = 0) -> Iterator[tuple[Example, Written]]:
    """Every example as a letter in this language, in the `variant`th of its texts."""
    yield from ((example, written(example, language, variant)) for example in examples(policy))


def written(example: Example, language: str, variant: int = 0) -> Written:
    """The example as a letter to somebody."""
    template = example.template if example.template in get_args(Template) else None
    kind = KINDS[template] if template else example.template  # type: ignore[index]  # one of its keys, as was just asked
    return Written(
        kind=kind,  # type: ignore[arg-type]  # what is no template's name is a kind's
        template=template,  # type: ignore[arg-type]
        variant=variant,
        round=example.round,
        severity=example.severity,
        complaint="C-1001",
        reader=Reader(language, language, "Ana Lima", "ana@example.org"),
        facts=example.facts,
        part=example.part,
    )


def examples(policy: Policy) -> Iterator[Example]:
    """All of them, for what this policy knows of claims, signals, promises and roles."""
    for template in FIRST:
        yield from _first(policy, template)
    for later in (_options, _rounds, _declines, _ends, _payments, _news):
        yield from later(policy)


def _first(policy: Policy, template: Any) -> Iterator[Example]:
    """Apologies, and those that come with options: what was found, in every way in which it can come out."""
    first, second = (*policy.claims, "late", "damaged")[:2]
    found = (Found(first, "broken"), Found(second, "unknown"), Found("gift-wrap", "unknown", (NOT_PROVIDED,)))
    ways: dict[str, Facts] = {
        "late": LATE,
        "not arrived": replace(LATE, delivered_on=None, days_late=None),
        "without a date": replace(LATE, **UNPROMISED),
        "in kind": replace(LATE, remedy=IN_KIND),
        "owed in part": replace(LATE, outcome="owed_in_part"),
        "already paid": replace(LATE, **NOTHING_OWED),
        "late, nothing owed": replace(LATE, outcome="not_owed", **NOTHING_OWED),
        "excluded": replace(LATE, outcome="excluded", **NOTHING_OWED),
        "sum unknown": replace(LATE, outcome="cannot_tell", **NOTHING_OWED),
        "outage": OUTAGE,
        "outage, going on": replace(OUTAGE, ended=None, ongoing=True),
        "outage, going on, nothing owed": replace(OUTAGE, ended=None, ongoing=True, outcome="not_owed", **NOTHING_OWED),
        "no record": replace(UNKNOWN, **UNPROMISED),
        "another record": UNKNOWN,
        "several claims": replace(LATE, **UNPROMISED, found=found),
        "once more": replace(LATE, repeated=2),
        "unasked": replace(LATE, unasked=True),
        "nobody asks for an answer": replace(LATE, expires=None),
    }
    for name, facts in ways.items():
        if template == "apology" or facts.expires:
            yield Example(name, template, facts)
    for signal in policy.signals:
        if signal.grave:
            yield Example(f"signal of {signal.name}", template, replace(LATE, grave=True, situation=signal.name))
    yield Example("grave", template, LATE, severity=4)


def _options(_: Policy) -> Iterator[Example]:
    yield Example("second round", "options", LATE, 2)
    yield Example("second round, nothing owed", "options", replace(LATE, **NOTHING_OWED), 2)
    yield Example("limited", "options", replace(LATE, limited=True), 2)
    yield Example("after a no", "options", replace(LATE, unmet="beyond-the-loss", asked=REFUND), 4)
    yield Example("after a no to words", "options", replace(LATE, unmet="other"), 4)


def _rounds(_: Policy) -> Iterator[Example]:
    asked = replace(LATE, options=(), asked=REFUND)
    yield Example("owed", "input", replace(LATE, options=()), 3)
    yield Example("nothing owed", "input", replace(LATE, options=(), **NOTHING_OWED), 3)
    yield Example("yes", "counter-answer", replace(asked, granted=True, chosen=REFUND), 3)
    yield Example("yes to words", "counter-answer", replace(asked, granted=True, chosen=CALL, asked=None), 3)
    yield Example("no", "counter-answer", replace(asked, granted=False, unmet="beyond-the-loss"), 3)
    yield Example("no to words", "counter-answer", replace(asked, granted=False, unmet="other", asked=None), 3)
    question = Question("collected_on", "the day on which you collected it", "date")
    yield Example("question", "question", replace(LATE, questions=(question,), asked_until=NOON))
    yield Example("waiting", "acknowledgement", Facts(subject=LATE.subject, until=NOON))


def _declines(policy: Policy) -> Iterator[Example]:
    name = next(iter(policy.claims), "late")
    wrapping = Found("gift-wrap", "unknown", (NOT_PROVIDED,))
    kept = Found(name, "kept", promised_on=date(2026, 2, 20), delivered_on=date(2026, 2, 19))
    yield Example("kept", "decline", KEPT)
    yield Example("kept, without a date", "decline", replace(KEPT, **UNPROMISED))
    yield Example("two claims", "decline", replace(KEPT, **UNPROMISED, found=(kept, wrapping)))
    yield Example("never promised", "decline", replace(KEPT, **UNPROMISED, promise="unknown", found=(wrapping,)))
    for jurisdiction in ("GB", "DE", "BR"):
        yield Example(f"kept, in {jurisdiction}", "decline", replace(KEPT, jurisdiction=jurisdiction))


def _ends(policy: Policy) -> Iterator[Example]:
    end = replace(LATE, options=(), role=policy.rounds.final_say)
    yield Example("owed", "final-say", end, 5)
    yield Example("nothing owed", "final-say", replace(end, **NOTHING_OWED), 5)
    yield Example("after a no", "final-say", replace(end, **NOTHING_OWED, unmet="beyond-the-loss", asked=REFUND), 5)
    yield Example("after a no to words", "final-say", replace(end, **NOTHING_OWED, unmet="other"), 5)
    settled = replace(LATE, options=(), expires=None)
    yield Example("option", "settlement", replace(settled, chosen=VOUCHER), 2)
    yield Example("option, to think again", "settlement", replace(settled, chosen=VOUCHER, undo_until=NOON), 2)
    yield Example("content", "settlement", settled)
    yield Example("content, nothing owed", "settlement", replace(settled, **NOTHING_OWED))
    yield Example("going on", "settlement", replace(settled, ongoing=True))
    yield Example("gift", "goodwill-given", replace(LATE, options=(), expires=None, given=VOUCHER, gift=True), 2)
    yield Example("options", "choice-undone", LATE, 3)
    yield Example("apology", "choice-undone", replace(LATE, options=()), 3)


def _payments(policy: Policy) -> Iterator[Example]:
    paid = Option("paid", FORM, OWED.sum)
    gift = Option("gift", "voucher", Money(Decimal("20.00"), "EUR"))
    late = replace(LATE, options=(), due=NOON, next=NOON + timedelta(days=2), owner=policy.payouts.owner)
    for name, given, is_gift in (("owed", paid, False), ("gift", gift, True)):
        made = replace(LATE, options=(), given=given, gift=is_gift)
        yield Example(name, "payment-made", made)
        yield Example(f"{name}, later than named", "payment-made", replace(made, was_late=True))
        yield Example(f"{name}, another sum", "payment-made", replace(made, instead_of=Money(Decimal("21.00"), "EUR")))
        yield Example(name, "payment-late", replace(late, given=given, gift=is_gift))
    for name, part in (("first", 1), ("further", 2)):
        yield Example(name, "remedy-raised", replace(LATE, options=(), paying=OWED), part=part)
        yield Example(f"{name}, in kind", "remedy-raised", replace(LATE, options=(), paying=IN_KIND), part=part)
    yield Example("going on", "remedy-raised", replace(LATE, options=(), paying=OWED, ongoing=True), part=2)


def _news(policy: Policy) -> Iterator[Example]:
    yield from _joins()
    plain = Facts(subject=LATE.subject, zone=LATE.zone)
    late = replace(plain, due=NOON, next=NOON + timedelta(days=2), owner=policy.rounds.person)
    yield Example("owed", "handed-over", replace(LATE, options=(), role=policy.rounds.person))
    yield Example("nothing owed", "handed-over", replace(plain, role=policy.rounds.person))
    for code in ("evidence-awaited", "with-a-person", "anything"):
        yield Example(code, "progress", replace(late, due=None, reason=code))
    yield Example("nobody named", "progress", replace(late, due=None, owner=None, reason="anything"))
    body = replace(late, body="the Ombudsman", body_at="https://ombudsman.example", names_body=True)
    yield Example("with a body", "clock-missed", body)
    yield Example("house clock", "clock-missed", replace(late, next=None))
    for what in ("call", "payment", "the manager rings you on Monday"):
        yield Example(what, "promise-kept", replace(plain, what=what, on=NOON))
        yield Example(what, "promise-missed", replace(late, what=what))


def _joins() -> Iterator[Example]:
    """A second complaint about one failure, by how the first one stands and what was granted for it."""
    joined = replace(LATE, options=(), expires=None, paid_by=None, first="C-1000", before=OWED, before_by=NOON)
    for standing in ("open", "with-a-person", "final-say", "closed"):
        yield Example(standing, "joined", replace(joined, standing=standing), 0)
    arrived = replace(joined, standing="closed", before_by=None)
    yield Example("arrived", "joined", arrived, 0)
    yield Example("further", "joined", replace(joined, standing="open", paying=OWED, paid_by=NOON), 0)
    yield Example("in kind", "joined", replace(arrived, before=IN_KIND), 0)
    yield Example("nothing owed", "joined", replace(arrived, outcome="not_owed", remedy=None, before=None), 0)
