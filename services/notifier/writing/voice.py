"""One language as one reader knows it: its words, and its way to write sums, days and moments."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency

from services.notifier.writing.texts import Texts, compiled
from shared.events import Option, Subject
from shared.money import Money
from shared.policy.policy import House, Policy
from shared.policy.wording import Language, Wording, Words
from shared.remedy import Remedy

LONGEST = 200
FIT_FOR_A_HEADER = re.compile(r"\w[\w .,/#-]{0,60}")


class Voices:
    """The house in all its languages."""

    def __init__(self, policy: Policy) -> None:
        self.house: House = policy.house
        self._wording: Wording = policy.wording
        self._texts = {name: Texts(language.letters) for name, language in policy.wording.languages.items()}
        self.of = lru_cache(maxsize=512)(self._voice)
        """The voice for a reader's language tag as the CRM gives it; an unknown one is answered in the house's own."""

    @property
    def own(self) -> "Voice":
        """The voice for whoever we do not know."""
        return self.of(self.house.language)

    def _voice(self, tag: str) -> "Voice":
        name = self._wording.language_of(tag)
        if name is None:
            name = tag = self.house.language
        return Voice(name, _locale(tag, name), self._wording.languages[name], self._texts[name])


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of one language, its templates as they are filled in, and a reader's own dates and sums by Babel."""

    language: str
    locale: Locale
    spoken: Language
    texts: Mapping[str, str]

    @property
    def words(self) -> Words:
        return self.spoken.words

    def text(self, name: str, says: Mapping[str, object]) -> str:
        """The template of that name, filled in."""
        return compiled(self.texts[name]).render(says)

    def say(self, part: str, key: str, /, **values: object) -> str:
        """The words of that name, filled in."""
        section: dict[str, str] = getattr(self.words, part)
        return section[key].format(**values)

    def thing(self, subject: Subject | None, *, in_header: bool = False) -> str:
        """What the complaint is about, with its number; in a header only where the number is harmless there."""
        things = self.words.things
        if subject is None or subject.kind not in things or (in_header and not FIT_FOR_A_HEADER.fullmatch(subject.id)):
            return things["nothing"]
        return things[subject.kind].format(id=clean(subject.id))

    def option(self, option: Option) -> str:
        """One option in a line: what it is, and who does it where that has words; how soon it is there, on what conditions."""
        form, role = clean(option.form.replace("-", " ")), option.role and self.role(option.role)
        words = self.words.forms.get(f"{option.form}-by" if role else option.form) or self.words.forms.get(
            option.form, ""
        )
        if option.amount is None:
            text = words if words and "{amount}" not in words else self.words.forms["other"]
            text = text.format(form=form, role=role)
        else:
            words = words if "{amount}" in words else self.words.forms["other-amount"]
            text = words.format(amount=self.money(option.amount), form=form, role=role)
        if option.arrives is not None:
            text += f" ({self.say('arrives', _arrives(option.arrives), n=option.arrives)})"
        return f"{text}; {clean(option.conditions)}" if option.conditions else text

    def claim(self, name: str) -> str:
        """A claim as a heading has it; one that has no words yet is called by its name."""
        return self.words.claims.get(name) or capital(clean(name.replace("-", " ").replace("_", " ")))

    def named(self, section: str, code: str) -> str:
        """The words for a code of the policy; one that has none yet is called what it is, or what `other` says of it."""
        words: dict[str, str] = getattr(self.words, section)
        return words.get(code) or words.get("other") or clean(code)

    def role(self, role: str) -> str:
        """Who of the house: a role of the policy's in the reader's language, another by its name."""
        return self.words.roles.get(role) or clean(role)

    def promise(self, what: str) -> str:
        """What was promised: a code of the policy's has words, what a person wrote down is quoted."""
        words = self.words.promises
        if what in words or " " not in what:
            return words.get(what, words["other"])
        return self.say("letter", "quoted", text=clean(what))

    def body(self, name: str | None, where: str | None, jurisdiction: str | None) -> str:
        """Whom the customer may turn to: the regime's body, else who helps there, else what holds everywhere."""
        if name is not None:
            return f"{clean(name)} ({clean(where)})" if where else clean(name)
        return self.named("bodies", (jurisdiction or "").upper())

    def reason(self, code: str) -> str:
        """Why something cannot be done, as a sentence."""
        return self.words.reasons.get(code) or self.words.reasons["other"]

    def remedy(self, remedy: Remedy) -> str:
        """A sum; or what comes in kind, how much of it, and what that is worth."""
        if remedy.form is None:
            return self.money(remedy.sum)
        amount, pieces = self.money(remedy.sum), remedy.quantity or 1
        words = self.words.forms.get(remedy.form, "")
        if "{amount}" in words and pieces == 1:
            return words.format(amount=amount)
        what = self._pieces(remedy.form, pieces, words)
        return self.say("kinds", "worth", what=what, amount=amount)

    def _pieces(self, form: str, pieces: int, words: str) -> str:
        """So many of it, by the words for them; what has none is called as it is when it is chosen, else by its name."""
        known = self.words.kinds.get(form if pieces == 1 else f"{form}-n")
        plain = words if words and "{" not in words else clean(form.replace("-", " "))
        return (known or self.words.kinds["other" if pieces == 1 else "other-n"]).format(n=pieces, form=plain)

    def money(self, sum_: Money) -> str:
        return _money(sum_, self.locale)

    def day(self, day: date) -> str:
        return _day(day, self.locale)

    def days(self, number: int) -> str:
        return self.say("time", "days-one" if number == 1 else "days", n=number)

    def moment(self, moment: datetime) -> str:
        """Day, time and offset: until then somebody may answer, so it has to be exact."""
        return self.say("time", "zone", day=self.day(moment.date()), time=f"{moment:%H:%M}", zone=_offset(moment))


def _locale(tag: str, language: str) -> Locale:
    """Of a tag that nobody knows, only the language counts."""
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, TypeError, UnknownLocaleError):
        return Locale.parse(language, sep="-")


def capital(text: str) -> str:
    """As a sentence begins."""
    return text[:1].upper() + text[1:]


def clean(text: str) -> str:
    """One line of printable text, however it came to us."""
    text = text[:LONGEST]
    return " ".join(
        (text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)).split()
    )


@lru_cache(maxsize=4096)
def _money(sum_: Money, locale: Locale) -> str:
    """With all digits that the currency has by ISO 4217: Babel would drop the cents of thirteen of them."""
    text = format_currency(sum_.rounded().amount, sum_.currency, locale=locale, decimal_quantization=False)
    return text.replace("\xa0", " ")


@lru_cache(maxsize=4096)
def _day(day: date, locale: Locale) -> str:
    return format_date(day, "long", locale=locale)


def _arrives(days: int) -> str:
    return "today" if days == 0 else "day" if days == 1 else "days"


def _offset(moment: datetime) -> str:
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
