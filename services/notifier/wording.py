"""How a letter reads: as a sincere person would write it, in the customer's own language, and never twice the same."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from services.notifier.notice import Facts, Found, Language, Reader, Written
from shared.events import NOT_PROVIDED, Option, Subject
from shared.money import Money
from shared.policy.policy import House
from shared.remedy import Remedy

TEMPLATES = Path(__file__).parent / "templates"
INCLUDE = re.compile(r'^% include "(.+)"$', re.MULTILINE)


class Whole(FileSystemLoader):
    """Puts what a template includes in its place when it is read, which saves a third of the time of every letter."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, fresh = super().get_source(environment, template)
        return INCLUDE.sub(lambda found: self.get_source(environment, found[1])[0], source), file, fresh


LETTERS = Environment(
    loader=Whole(TEMPLATES),
    line_statement_prefix="%",
    trim_blocks=True,
    undefined=StrictUndefined,
    auto_reload=False,
    autoescape=select_autoescape(["html"], default=False),
)
"""Letters are plain text and nothing in them is escaped; what ends in .html is."""
LETTERS.globals.clear()  # no template of ours uses them, and they would be copied for every text
BEYOND_PRICE = "loss-beyond-price"
"""What a verdict says of a claim to a loss that no promise weighs."""
GRAVE = 3
"""From this severity on a failure was more than a nuisance, and the letter says so."""
LONGEST = 200
BETWEEN_ITEMS = re.compile(r"^(- .*)\n\n(?=- )", re.MULTILINE)
FIT_FOR_A_HEADER = re.compile(r"\w[\w .,/#-]{0,60}")
NO_NAME = re.compile(r"[/@<>\\]|www\.|https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """A letter as its reader sees it; `subject` is one line, `body` plain text with one line a paragraph."""

    subject: str
    body: str


def write(letter: Written, house: House, link: str) -> Text:
    """The letter's text. The same letter always reads the same; `link` leads to the customer's page."""
    voice = voice_for(letter.reader.language, letter.reader.tag)
    says = {
        **_facts(voice, letter.facts),
        **_choices(letter.variant),
        "grave": letter.severity >= GRAVE or bool(letter.facts.grave),
        "first": letter.round <= 1,
        "further": letter.part > 1,
        "link": link,
    }
    body = _text(voice, letter.kind, says)
    reference = voice.say("letter", "reference", reference=clean(letter.complaint))
    parts = (_greeting(voice, letter.reader), body, f"{house.signed_by}\n{house.name}", reference)
    thing = voice.thing(letter.facts.subject, in_header=True)
    return Text(voice.say("subjects", letter.kind, Thing=capital(thing)), "\n\n".join(parts) + "\n")


def account(voice: "Voice", facts: Facts) -> str:
    """What happened, in one or two sentences, as the letter says it."""
    return _text(voice, "_account", _measured(voice, facts))


def owed(voice: "Voice", facts: Facts) -> str:
    """What is owed for it, as the letter says it; empty where there is nothing to say."""
    return _text(voice, "_owed", _facts(voice, facts))


def _text(voice: "Voice", name: str, says: dict[str, object]) -> str:
    return _paragraphs(_template(f"{voice.language}/{name}.txt").render(says))


@lru_cache
def _template(name: str) -> Template:
    """The environment's own cache takes a lock and more, some times for each letter."""
    return LETTERS.get_template(name)


def _facts(voice: "Voice", facts: Facts) -> dict[str, object]:
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
        "questions": [capital(clean(question.meaning)) for question in facts.questions],
        "asked_until": facts.asked_until and voice.moment(local(facts, facts.asked_until)),
        "options": [voice.option(option) for option in facts.options],
        "chosen": facts.chosen and voice.option(facts.chosen),
        "granted": facts.granted,
        "unmet": facts.unmet and voice.reason(facts.unmet),
        "until": facts.until and voice.day(local(facts, facts.until).date()),
        "expires": facts.expires and voice.moment(local(facts, facts.expires)),
    }


def never_promised(facts: Facts) -> bool:
    """Whether all that the letter claims is something that the house does not promise."""
    return bool(facts.found) and all(NOT_PROVIDED in found.reasons for found in facts.found or ())


def _measured(voice: "Voice", facts: Facts) -> dict[str, object]:
    """What it was about, and what was measured: all that an account of it needs."""
    thing = voice.thing(facts.subject)
    return {
        "thing": thing,
        "Thing": capital(thing),
        "broken": facts.promise == "broken",
        "kept": facts.promise == "kept",
        "promised": facts.promised_on and voice.day(facts.promised_on),
        "delivered": facts.delivered_on and voice.day(facts.delivered_on),
        "late": voice.days(facts.days_late) if facts.days_late and facts.days_late > 0 else None,
        "found": [_finding(voice, facts, found) for found in facts.found or ()],
    }


def _finding(voice: "Voice", facts: Facts, found: Found) -> str:
    """One claim in a line: its name, where it has one, and what was found for it."""
    alone = Facts(
        subject=facts.subject,
        promise=found.promise,
        promised_on=found.promised_on,
        delivered_on=found.delivered_on,
        days_late=found.days_late,
        zone=facts.zone,
    )
    says = {
        **_measured(voice, alone),
        "heading": f"{voice.claim(found.claim)}: " if found.claim else "",
        "provided": NOT_PROVIDED not in found.reasons,
        "to_person": BEYOND_PRICE in found.reasons,
    }
    return capital(" ".join(_template(f"{voice.language}/_claim.txt").render(says).split()))


def _choices(variant: int) -> dict[str, int]:
    """Which of three sentences each part of a letter takes: 27 letters in a row differ, and neighbours in every part."""
    return {"a": variant % 3, "b": (variant + variant // 3) % 3, "c": (variant + variant // 9) % 3}


def local(facts: Facts, moment: datetime) -> datetime:
    """The moment in the zone in which the promise was made."""
    return moment.astimezone(ZoneInfo(facts.zone or "UTC"))


def _greeting(voice: "Voice", reader: Reader) -> str:
    name = clean(reader.name or "")
    if not name or len(name) > 80 or NO_NAME.search(name):
        return voice.say("letter", "hello")
    return voice.say("letter", "greeting", name=name)


def _paragraphs(text: str) -> str:
    """Each line of a template is a paragraph, whatever its statements left around it; the items of a list stay together."""
    lines = (line.strip() for line in text.splitlines())
    return BETWEEN_ITEMS.sub(r"\1\n", "\n\n".join(line for line in lines if line))


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def clean(text: str) -> str:
    """One line of printable text, however it came to us."""
    text = text[:LONGEST]
    return " ".join(
        (text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)).split()
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """One language as one reader knows it: its words from `templates/<language>.toml`, its dates and sums by Babel."""

    language: Language
    locale: Locale

    @property
    def words(self) -> dict[str, dict[str, str]]:
        return _words(self.language)

    def say(self, part: str, key: str, /, **values: object) -> str:
        """The words of that name, filled in."""
        return self.words[part][key].format(**values)

    def thing(self, subject: Subject | None, *, in_header: bool = False) -> str:
        """What the complaint is about, with its number; in a header only where the number is harmless there."""
        things = self.words["things"]
        if subject is None or subject.kind not in things or (in_header and not FIT_FOR_A_HEADER.fullmatch(subject.id)):
            return things["nothing"]
        return things[subject.kind].format(id=clean(subject.id))

    def option(self, option: Option) -> str:
        """One option in a line: what it is, how soon it is there, on what conditions."""
        form = clean(option.form.replace("-", " "))
        words = self.words["forms"].get(option.form, "")
        if option.amount is None:
            text = words if words and "{amount}" not in words else self.say("forms", "other", form=form)
        else:
            words = words if "{amount}" in words else self.words["forms"]["other-amount"]
            text = words.format(amount=self.money(option.amount), form=form)
        if option.arrives is not None:
            text += f" ({self.say('arrives', _arrives(option.arrives), n=option.arrives)})"
        return f"{text}; {clean(option.conditions)}" if option.conditions else text

    def claim(self, name: str) -> str:
        """A claim as a heading has it; one that has no words yet is called by its name."""
        return self.words["claims"].get(name) or capital(clean(name.replace("-", " ").replace("_", " ")))

    def reason(self, code: str) -> str:
        """Why something cannot be done, as a sentence."""
        return self.words["reasons"].get(code) or self.words["reasons"]["other"]

    def remedy(self, remedy: Remedy) -> str:
        """A sum; or what comes in kind, how much of it, and what that is worth."""
        if remedy.form is None:
            return self.money(remedy.sum)
        amount, pieces = self.money(remedy.sum), remedy.quantity or 1
        if "{amount}" in (words := self.words["forms"].get(remedy.form, "")) and pieces == 1:
            return words.format(amount=amount)
        form = clean(remedy.form.replace("-", " "))
        what = self.words["kinds"].get(remedy.form if pieces == 1 else f"{remedy.form}-n")
        what = what or self.words["kinds"]["other" if pieces == 1 else "other-n"]
        return self.say("kinds", "worth", what=what.format(n=pieces, form=form), amount=amount)

    def money(self, sum_: Money) -> str:
        return _money(sum_, self.locale)

    def day(self, day: date) -> str:
        return _day(day, self.locale)

    def days(self, number: int) -> str:
        return self.say("time", "days-one" if number == 1 else "days", n=number)

    def moment(self, moment: datetime) -> str:
        """Day, time and offset: until then somebody may answer, so it has to be exact."""
        return self.say("time", "zone", day=self.day(moment.date()), time=f"{moment:%H:%M}", zone=_offset(moment))


@lru_cache(maxsize=512)
def voice_for(language: Language, tag: str) -> Voice:
    """The voice for a reader's language tag as the CRM gives it; of an unknown tag only the language counts."""
    try:
        return Voice(language, Locale.parse(tag.replace("_", "-"), sep="-"))
    except (ValueError, TypeError, UnknownLocaleError):
        return Voice(language, Locale(language))


@lru_cache(maxsize=4096)
def _money(sum_: Money, locale: Locale) -> str:
    """With all digits that the currency has by ISO 4217: Babel would drop the cents of thirteen of them."""
    text = format_currency(sum_.rounded().amount, sum_.currency, locale=locale, decimal_quantization=False)
    return text.replace("\xa0", " ")


@lru_cache(maxsize=4096)
def _day(day: date, locale: Locale) -> str:
    return format_date(day, "long", locale=locale)


@lru_cache
def _words(language: Language) -> dict[str, dict[str, str]]:
    return tomllib.loads((TEMPLATES / f"{language}.toml").read_text())


def _arrives(days: int) -> str:
    return "today" if days == 0 else "day" if days == 1 else "days"


def _offset(moment: datetime) -> str:
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
