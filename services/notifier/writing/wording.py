"""How a letter reads: as a sincere person would write it, in the customer's own language, and never twice the same."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from services.notifier.notice import Facts, Found, Kind, Reader, Template, Written
from services.notifier.writing.texts import check_templates
from services.notifier.writing.voice import Voice, Voices, capital, clean
from shared.events import NOT_PROVIDED, Option
from shared.policy.policy import Policy
from shared.remedy import FORM

BEYOND_PRICE = "loss-beyond-price"
"""What a verdict says of a claim to a loss that no promise weighs."""
GRAVE = 3
"""From this severity on a failure was more than a nuisance, and the letter says so."""
BETWEEN_ITEMS = re.compile(r"^(- .*)\n\n(?=- )", re.MULTILINE)
PARTS = ("_account", "_claim", "_owed")
"""Templates of parts that the page says too."""
OF_EITHER_LEDGER = ("payment-made", "payment-late")
"""Letters about what is owed or about a gift: their subjects say which."""
NO_NAME = re.compile(r"[/@<>\\]|www\.|https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """A letter as its reader sees it; `subject` is one line, `body` plain text with one line a paragraph."""

    subject: str
    body: str


def write(letter: Written, voices: Voices, link: str) -> Text:
    """The letter's text. The same letter always reads the same; `link` leads to the customer's page."""
    voice, house = voices.of(letter.reader.tag), voices.house
    template = letter.template or letter.kind
    body = _text(voice, template, says_of(voices, letter, link))
    reference = voice.say("letter", "reference", reference=clean(letter.complaint))
    parts = (_greeting(voice, letter.reader), body, f"{capital(voice.role(house.signed_by))}\n{house.name}", reference)
    thing = voice.thing(letter.facts.subject, in_header=True)
    subject = f"{template}-gift" if letter.facts.gift and template in OF_EITHER_LEDGER else template
    return Text(voice.say("subjects", subject, Thing=capital(thing)), "\n\n".join(parts) + "\n")


def says_of(voices: Voices, letter: Written, link: str) -> dict[str, object]:
    """All that a template may say, by the names under which it does."""
    voice = voices.of(letter.reader.tag)
    return {
        **_facts(voice, letter.facts),
        **_choices(letter.variant),
        **_our_word(voice, letter.facts),
        "grave": letter.severity >= GRAVE or bool(letter.facts.grave),
        "first": letter.round <= 1,
        "further": letter.part > 1,
        "signed": voice.role(voices.house.signed_by),
        "Signed": capital(voice.role(voices.house.signed_by)),
        "link": link,
    }


def check_wording(policy: Policy) -> None:
    """Every letter of this policy can be written. Raises Misconfigured with file, line and fix."""
    empty = Written(
        kind="apology",
        variant=0,
        round=1,
        severity=1,
        complaint="",
        reader=Reader(policy.house.language, ""),
        facts=Facts(),
    )
    names = frozenset(says_of(Voices(policy), empty, "")) | {"claim", "heading", "provided", "to_person"}
    check_templates(policy.wording, names, frozenset((*get_args(Kind), *get_args(Template), *PARTS)))


def account(voice: Voice, facts: Facts) -> str:
    """What happened, in one or two sentences, as the letter says it."""
    return _text(voice, "_account", _measured(voice, facts))


def owed(voice: Voice, facts: Facts) -> str:
    """What is owed for it, as the letter says it; empty where there is nothing to say."""
    return _text(voice, "_owed", _facts(voice, facts))


def _text(voice: Voice, name: str, says: dict[str, object]) -> str:
    return _paragraphs(voice.text(name, says))


def _facts(voice: Voice, facts: Facts) -> dict[str, object]:
    return {
        **_measured(voice, facts),
        "outcome": facts.outcome,
        "never_promised": never_promised(facts),
        "ongoing": facts.ongoing,
        "so_far": voice.say("letter", "so-far") if facts.ongoing else "",
        "remedy": facts.remedy and voice.remedy(facts.remedy),
        "paying": facts.paying and voice.remedy(facts.paying),
        "in_kind": bool(facts.remedy and facts.remedy.form),
        "paying_in_kind": bool(facts.paying and facts.paying.form),
        "when": (facts.paid_by and voice.say("letter", "when", day=_day(voice, facts, facts.paid_by))) or "",
        "questions": [capital(clean(question.meaning)) for question in facts.questions],
        "asked_until": facts.asked_until and voice.moment(local(facts, facts.asked_until)),
        "options": [voice.option(option) for option in facts.options],
        "chosen": facts.chosen and voice.option(facts.chosen),
        "granted": facts.granted,
        "asked": facts.asked and _proposed(voice, facts.asked),
        "unmet": facts.unmet and voice.reason(facts.unmet),
        "limited": voice.reason("limited") if facts.limited else None,
        "until": facts.until and _day(voice, facts, facts.until),
        "expires": facts.expires and voice.moment(local(facts, facts.expires)),
    }


def _our_word(voice: Voice, facts: Facts) -> dict[str, object]:
    """What we said that we would do, who does it and by when; and whom else the customer may turn to."""
    days = {"due": facts.due, "on": facts.on, "next": facts.next}
    return {
        **{name: moment and _day(voice, facts, moment) for name, moment in days.items()},
        "undo_until": facts.undo_until and voice.moment(local(facts, facts.undo_until)),
        "what": facts.what and voice.promise(facts.what),
        "owner": facts.owner and voice.role(facts.owner),
        "role": facts.role and voice.role(facts.role),
        "why": facts.reason and voice.named("progress", facts.reason),
        "given": voice.remedy(facts.pieces) if facts.pieces else facts.given and voice.option(facts.given),
        "gift": facts.gift,
        "instead_of": facts.instead_of and voice.money(facts.instead_of),
        "was_late": facts.was_late,
        "body": voice.body(facts.body, facts.body_at, facts.jurisdiction),
        "names_body": facts.names_body,
        "situation": facts.situation and voice.words.situations.get(facts.situation),
        "unasked": facts.unasked,
        "joins": clean(facts.first or "") or None,
        "standing": facts.standing,
        "before": facts.before and voice.remedy(facts.before),
        "before_in_kind": bool(facts.before and facts.before.form),
        "before_when": (facts.before_by and voice.say("letter", "when", day=_day(voice, facts, facts.before_by))) or "",
        "before_arrived": facts.before is not None and facts.before_by is None,
        "repeated": facts.repeated,
    }


def _proposed(voice: Voice, asked: Option) -> str:
    """What the customer proposed: the sum alone, where that is all they named."""
    return voice.money(asked.amount) if asked.amount and asked.form == FORM else voice.option(asked)


def _day(voice: Voice, facts: Facts, moment: datetime) -> str:
    return voice.day(local(facts, moment).date())


def never_promised(facts: Facts) -> bool:
    """Whether all that the letter claims is something that the house does not promise."""
    return bool(facts.found) and all(NOT_PROVIDED in found.reasons for found in facts.found or ())


def _measured(voice: Voice, facts: Facts) -> dict[str, object]:
    """What it was about, and what was measured: all that an account of it needs."""
    thing = voice.thing(facts.subject)
    return {
        "thing": thing,
        "Thing": capital(thing),
        "broken": facts.promise == "broken",
        "kept": facts.promise == "kept",
        "promised": facts.promised_on and voice.day(facts.promised_on),
        "delivered": facts.delivered_on and voice.day(facts.delivered_on),
        "began": facts.began and voice.moment(local(facts, facts.began)),
        "ended": facts.ended and voice.moment(local(facts, facts.ended)),
        "late": voice.days(facts.days_late) if facts.days_late and facts.days_late > 0 else None,
        "found": [_finding(voice, facts, found) for found in facts.found or ()],
    }


def _finding(voice: Voice, facts: Facts, found: Found) -> str:
    """One claim in a line: its name, where it has one, and what was found for it."""
    alone = Facts(
        subject=facts.subject,
        promise=found.promise,
        promised_on=found.promised_on,
        delivered_on=found.delivered_on,
        days_late=found.days_late,
        zone=facts.zone,
    )
    claim = voice.claim(found.claim) if found.claim else ""
    says = {
        **_measured(voice, alone),
        "claim": claim,
        "heading": voice.say("letter", "heading", claim=claim) if claim else "",
        "provided": NOT_PROVIDED not in found.reasons,
        "to_person": BEYOND_PRICE in found.reasons,
    }
    return capital(" ".join(voice.text("_claim", says).split()))


def _choices(variant: int) -> dict[str, int]:
    """Which of three sentences each part of a letter takes: 27 letters in a row differ, and neighbours in every part."""
    return {"a": variant % 3, "b": (variant + variant // 3) % 3, "c": (variant + variant // 9) % 3}


def local(facts: Facts, moment: datetime) -> datetime:
    """The moment in the zone in which the promise was made."""
    return moment.astimezone(ZoneInfo(facts.zone or "UTC"))


def _greeting(voice: Voice, reader: Reader) -> str:
    name = clean(reader.name or "")
    if not name or len(name) > 80 or NO_NAME.search(name):
        return voice.say("letter", "hello")
    return voice.say("letter", "greeting", name=name)


def _paragraphs(text: str) -> str:
    """Each line of a template is a paragraph, whatever its statements left around it; the items of a list stay together."""
    lines = (line.strip() for line in text.splitlines())
    return BETWEEN_ITEMS.sub(r"\1\n", "\n\n".join(line for line in lines if line))
