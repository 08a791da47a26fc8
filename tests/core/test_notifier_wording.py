"""How letters read: sincere, in the customer's language, with the facts in them, and never twice the same."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, get_args

import pytest

from services.notifier.notice import Facts, Found, Kind, Reader, Template, Written
from services.notifier.writing.voice import Voice
from services.notifier.writing.wording import Text, account, owed, write
from shared.events import Option, Subject
from shared.money import Money
from shared.remedy import remedy_of
from tests.core.notifier_stories import CALL, LINK, START, VOICES, VOUCHER, WHEN, Complaint, Desk, owing, reais

KINDS: tuple[Kind | Template, ...] = (*get_args(Kind), *get_args(Template))
OF: dict[Any, Kind] = {"remedy-raised": "payment-made"}
"""Of which kind a letter is, where its template has another name; the other ones are all news of progress."""
LANGUAGES: tuple[str, ...] = ("en", "pt", "de", "fr", "es")
LATE = Facts(
    subject=Subject("order", "53cdb2fc"),
    promise="broken",
    outcome="owed",
    promised_on=date(2018, 2, 10),
    delivered_on=date(2018, 2, 19),
    days_late=9,
    zone="America/Bahia",
    remedy=owing("17.5"),
    paying=owing("5"),
    options=(VOUCHER, CALL),
    chosen=VOUCHER,
    granted=True,
    until=START,
    role="the head of customer care",
    what="payment",
    due=START,
    on=START,
    next=START + timedelta(days=3),
    owner="billing",
    reason="with-a-person",
    given=VOUCHER,
    questions=(WHEN,),
    asked_until=START,
    expires=datetime(2018, 3, 7, 10, 0, tzinfo=UTC),
    first="C-0990",
    standing="open",
    before=remedy_of(Money(Decimal("17.50"), "BRL")),
    before_by=START + timedelta(days=3),
)
NINE = {
    "decline",
    "final-say",
    "settlement",
    "counter-answer",
    "input",
    "payment-made",
    "remedy-raised",
    "promise-kept",
}
NINE |= {"choice-undone", "goodwill-given", "joined"}
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "en": ("unfortunately", "inconvenience", "last offer", "final offer", "best we can", "policy", "appeal", "valued"),
    "pt": ("infelizmente", "inconveni", "última oferta", "última palavra", "melhor que podemos", "transtorno"),
    "de": ("leider", "unannehmlichkeit", "letztes angebot", "letztes wort", "beste, was wir", "kulanz"),
    "fr": ("malheureusement", "gêne", "dernière offre", "dernier mot", "mieux que nous puissions", "compréhension"),
    "es": ("lamentablemente", "molestias", "última oferta", "última palabra", "mejor que podemos", "comprensión"),
}
TAGS: dict[str, str] = {"en": "en-GB", "pt": "pt-BR", "de": "de", "fr": "fr", "es": "es"}
GIFTS: dict[str, str] = {
    "en": "voucher",
    "pt": "vale de",
    "de": "Gutschein",
    "fr": "un bon d'achat de",
    "es": "vale de",
}


def letter(kind: Kind | Template, language: str = "en", variant: int = 0, **facts: Any) -> Written:
    round_ = facts.pop("round", 1)
    known = {name: getattr(LATE, name) for name in LATE.__struct_fields__} | facts
    return Written(
        kind=OF.get(kind, "progress") if kind in get_args(Template) else kind,  # type: ignore[arg-type]  # then a Kind
        template=kind if kind in get_args(Template) else None,  # type: ignore[arg-type]  # then a Template
        variant=variant,
        round=round_,
        severity=facts.pop("severity", 2),
        complaint="C-1001",
        reader=Reader(language, TAGS[language], "Ana Lima", "ana@example.org"),
        facts=Facts(**known),
        part=2,
    )


def voice(language: str) -> Voice:
    return VOICES.of(TAGS[language])


def text(kind: Kind | Template, language: str = "en", variant: int = 0, **facts: Any) -> Text:
    return write(letter(kind, language, variant, **facts), VOICES, LINK)


def words_in(body: str) -> int:
    return sum(any(sign.isalnum() for sign in word) for word in body.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_reads_well_in_every_language(kind: Kind | Template, language: str) -> None:
    for variant in range(27):
        made = text(kind, language, variant)
        assert "\n\n\n" not in made.body
        assert not re.search(r"[{}%]|None(?! of)|  | \.| ,", made.subject + made.body), made.body
        assert not any(phrase in made.body.lower() for phrase in FORBIDDEN[language]), made.body
        assert made.body.rstrip().endswith("C-1001")
        assert "Mara Lund\nNimbus Parcels" in made.body


@pytest.mark.parametrize(("kind", "language", "round_"), [*product(KINDS, LANGUAGES, (1, 2))])
def test_no_text_is_sent_twice_before_nine_of_its_kind_have_been(
    kind: Kind | Template, language: str, round_: int
) -> None:
    fewest = 9 if kind in NINE else 27
    bodies = {text(kind, language, variant, round=round_).body for variant in range(fewest)}
    assert len(bodies) == fewest


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_apologies_in_a_row_have_no_sentence_of_ours_in_common(language: str) -> None:
    for variant in range(26):
        first, second = (text("apology", language, n).body.split("\n\n") for n in (variant, variant + 1))
        shared = [line for line in first[1:-2] if line in second]
        assert shared == [account(voice(language), LATE), owed(voice(language), LATE), LINK]


def test_an_apology_says_what_happened_owns_it_and_says_what_is_owed() -> None:
    body = text("apology").body
    assert "promised for 10 February 2018. It arrived on 19 February 2018, 9 days late." in body
    assert "That is our failure." in body
    assert "We owe you R$17.50 for this. It is paid by itself" in body
    assert f"until 7 March 2018, 07:00 (UTC-3):\n\n{LINK}\n" in body


def test_an_apology_in_portuguese_has_the_dates_and_sums_of_brazil() -> None:
    body = text("apology", "pt").body
    assert "em 19 de fevereiro de 2018, com 9 dias de atraso" in body
    assert "R$ 17,50" in body


def test_an_apology_in_german_has_the_dates_and_sums_of_germany() -> None:
    body = text("apology", "de", remedy=remedy_of(Money(Decimal("1017.5"), "EUR"))).body
    assert "Angekommen am 19. Februar 2018: 9 Tage zu spät." in body
    assert "1.017,50 €" in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["decline", "final-say"])
def test_a_farewell_has_less_than_a_hundred_words_no_gift_and_a_way_to_a_person(
    kind: Kind | Template, language: str
) -> None:
    for variant in range(9):
        made = text(kind, language, variant)
        assert words_in(made.body) < 100
        assert GIFTS[language] not in made.body
        assert LINK in made.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_decline_shows_the_promise_beside_the_measurement(language: str) -> None:
    for variant in range(3):
        made = text("decline", language, variant)
        assert all(voice(language).day(day) in made.body for day in (date(2018, 2, 10), date(2018, 2, 19)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_owed_and_what_is_given_stand_in_sentences_of_their_own(language: str) -> None:
    for round_ in (1, 2):
        lines = text("options", language, round=round_).body.split("\n")
        owing = [line for line in lines if voice(language).money(reais("17.50")) in line]
        assert owing
        assert not any(GIFTS[language] in line for line in owing)


def test_where_nothing_was_measured_nothing_is_claimed() -> None:
    body = text(
        "apology", promise="unknown", outcome="cannot_tell", promised_on=None, delivered_on=None, remedy=None
    ).body
    assert "found none. That is our gap, not yours" in body
    assert "late" not in body
    assert "owe" not in body


def test_where_the_record_does_not_fit_the_complaint_the_gap_is_ours() -> None:
    body = text("apology", promise="unknown", outcome="cannot_tell", days_late=0, remedy=None).body
    assert "That does not explain what you describe, and the gap is ours, not yours." in body


def test_a_broken_promise_without_a_payment_is_owned_all_the_same() -> None:
    assert "That does not make it any less our failure." in text("apology", outcome="not_owed", remedy=None).body
    assert "As soon as they have it, it is paid" in text("apology", outcome="cannot_tell", remedy=None).body
    assert "has already been paid" in text("apology", outcome="owed", remedy=None).body


def test_a_grave_failure_is_not_called_a_nuisance() -> None:
    grave = Complaint()
    (plain,) = Desk().texts(grave.accepted(), grave.apology())
    (made,) = Desk().texts(grave.accepted(), grave.apology(severity=3))
    assert "far more than a nuisance" in made.body
    assert "far more than a nuisance" not in plain.body


def test_options_are_a_list_that_says_when_each_arrives() -> None:
    body = text("options", round=2).body
    assert "- a voucher for R$20.00 (at once)\n- a call from somebody who can decide" in body
    assert body.index("R$17.50") > body.index("R$20.00")


def test_a_form_that_has_no_words_yet_is_still_said() -> None:
    odd = Option(id="x", form="extra-bag", amount=reais("9"), arrives=7, conditions="only in May\nBcc: x@y.z")
    assert VOICES.of("en").option(odd) == "extra bag: R$9.00 (within 7 days); only in May Bcc: x@y.z"
    assert VOICES.of("en").option(Option(id="x", form="voucher")) == "voucher"
    assert VOICES.of("en").option(Option(id="x", form="call", amount=reais("1"))) == "call: R$1.00"


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [("12.345", "IQD", "IQD12.345"), ("1000", "JPY", "¥1,000"), ("17.5", "EUR", "€17.50"), ("5", "UGX", "UGX5")],
)
def test_sums_are_shown_with_all_the_digits_that_are_paid(amount: str, currency: str, shown: str) -> None:
    assert VOICES.of("en").money(Money(Decimal(amount), currency)) == shown


def test_a_name_that_is_none_is_left_out_of_the_greeting() -> None:
    ana = Complaint()
    for name in (None, "", " \n", "win at http://evil.example now", "x" * 90, "<b>Ana</b>", "ana@example.org"):
        (made,) = Desk().texts(ana.accepted(name=name), ana.apology())
        assert made.body.startswith("Hello,\n\n")


def test_what_others_wrote_stays_on_its_line_and_out_of_the_subject() -> None:
    evil = Subject("order", "x\r\nBcc: all@example.org\x00\u202e =?utf-8?q?=0a?=")
    made = text("apology", subject=evil)
    assert made.subject == "The matter you wrote about: what happened, and our apology"
    assert "Your order x Bcc: all@example.org" in made.body
    assert not any(sign in made.body for sign in "\r\0\u202e")


def test_a_language_tag_that_nobody_knows_still_has_dates() -> None:
    for tag in ("pt-XX-what", "pt_", "pt--", "pt-" + "x" * 190, "pt-BR\0"):
        assert VOICES.of(tag).day(date(2018, 2, 10)) == "10 de fevereiro de 2018"


def test_the_promise_of_an_answer_has_a_date() -> None:
    ana = Complaint()
    (made,) = Desk().texts(ana.accepted(language="en-GB"), ana.opened(awaiting=START + timedelta(days=3)))
    assert "You will hear from us by 24 February 2018" in made.body


LATE_CLAIM = Found("late", "broken", promised_on=date(2018, 2, 10), delivered_on=date(2018, 2, 19), days_late=9)
WRAPPING = Found("gift-wrap", "unknown", reasons=("not-provided",))
SCRATCH = Found("damaged", "unknown", reasons=("not-measured",))
BUSINESS = Found("lost-sales", "unknown", reasons=("loss-beyond-price",))
ON_TIME = Found("overdue", "kept", promised_on=date(2018, 2, 20), delivered_on=date(2018, 2, 19))
SEVERAL = (LATE_CLAIM, WRAPPING, SCRATCH, BUSINESS)


def test_a_letter_with_several_claims_says_one_thing_about_each_by_its_name() -> None:
    lines = text("apology", found=SEVERAL).body.split("\n")
    items = [line for line in lines if line.startswith("- ")]
    assert items == [
        "- That it took long: Your order 53cdb2fc was promised for 10 February 2018. It arrived on 19 February 2018, "
        "9 days late.",
        "- Gift wrap: that is not among the things that we promise, and we are sorry that you missed it.",
        "- The damage: our own records do not show this. That is our gap, not yours, and we do not hold it against you.",
        "- Lost sales: a person looks at this and speaks with you about it, since no rule of ours can weigh such a loss.",
    ]
    assert sum("R$17.50" in line for line in lines) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["apology", "options", "decline"])
def test_what_is_not_provided_is_one_kind_sentence_without_money_in_every_language(
    kind: Kind | Template, language: str
) -> None:
    for variant in range(27):
        made = text(kind, language, variant, found=(ON_TIME, WRAPPING))
        (line,) = (line for line in made.body.split("\n") if line.startswith("- Gift wrap"))
        assert line.count(".") == 1
        assert not re.search(r"R\$|€|[0-9]", line)
        assert not any(phrase in made.body.lower() for phrase in FORBIDDEN[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_farewell_with_two_claims_still_has_less_than_a_hundred_words(language: str) -> None:
    for variant in range(9):
        made = text("decline", language, variant, promise="kept", found=(ON_TIME, WRAPPING))
        assert words_in(made.body) < 100, made.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_letter_calls_a_sum_final_while_the_failure_goes_on(kind: Kind | Template, language: str) -> None:
    so_far = {
        "en": ("so far", "not over yet"),
        "pt": ("até agora", "não acabou"),
        "de": ("bisher", "nicht vorbei"),
        "fr": ("à ce jour", "pas encore terminé"),
        "es": ("hasta ahora", "no ha terminado"),
    }
    for variant in range(9):
        going_on = text(kind, language, variant, ongoing=True, round=2).body.lower()
        if voice(language).money(reais("17.50")).lower() in going_on or kind == "remedy-raised":
            assert any(words in going_on for words in so_far[language]), going_on


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_in_kind_reads_well_in_every_language(kind: Kind | Template, language: str) -> None:
    for form, pieces in (("replacement", 1), ("replacement", 2), ("redo", None), ("extra-bag", 3), ("credit", None)):
        owed_so = remedy_of(reais("50.00"), form, pieces)
        made = text(kind, language, 0, remedy=owed_so, paying=owed_so)
        assert not re.search(r"[{}%]|None(?! of)|  | \.| ,", made.body), made.body


def test_a_remedy_in_kind_is_named_with_its_worth() -> None:
    said = [
        voice("en").remedy(remedy_of(reais("50"), form, pieces))
        for form, pieces in (("replacement", 1), ("replacement", 2), ("credit", None), ("extra-bag", 3))
    ]
    assert said == [
        "a replacement (worth R$50.00)",
        "2 replacements (worth R$50.00)",
        "a credit of R$50.00 in your account",
        "3 × extra bag (worth R$50.00)",
    ]
    assert voice("de").remedy(remedy_of(reais("50"), "upgrade")) == (
        "Ihre nächste Bestellung kommt als Expresslieferung (im Wert von 50,00 R$)"
    )
    assert voice("es").remedy(remedy_of(reais("40"), "voucher", 2)) == "2 vales (por valor de 40,00 BRL)"
    body = text("apology", remedy=remedy_of(reais("50"), "replacement", 1)).body
    assert "We owe you a replacement (worth R$50.00) for this. It comes to you by itself" in body


def test_a_kept_promise_without_dates_is_not_called_a_gap_in_our_records() -> None:
    kept = Facts(promise="kept", outcome="not_owed")
    assert account(voice("en"), kept) == (
        "We have checked, and our measurements show that we kept what we had promised."
    )


def test_a_question_says_what_we_want_to_know_and_until_when() -> None:
    body = text("question").body
    assert "- The day on which you collected it\n" in body
    assert LINK in body
    assert "21 February 2018" in body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["options", "final-say", "counter-answer"])
def test_a_no_gives_its_reason_and_never_twice_the_same_words(kind: Kind | Template, language: str) -> None:
    reason = voice(language).reason("beyond-the-loss")
    bodies = [
        text(kind, language, variant, round=4, granted=False, unmet="beyond-the-loss").body for variant in range(9)
    ]
    assert all(reason in body for body in bodies)
    assert len(set(bodies)) == 9
    for body in bodies:
        assert not any(phrase in body.lower() for phrase in FORBIDDEN[language])
        assert words_in(body) < (200 if kind == "options" else 100)
    assert voice(language).reason("something new") != reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_yes_names_what_was_asked_for_exactly(language: str) -> None:
    body = text("counter-answer", language, granted=True, chosen=VOUCHER).body
    assert f"- {voice(language).option(VOUCHER)}\n" in body
