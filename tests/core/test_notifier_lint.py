"""The house's letters are proved before one is sent: for each rule, a letter that breaks it is refused by name."""

import pytest
from msgspec.structs import replace

from services.notifier.writing.lint import Breach, breaches, prove_wording
from services.notifier.writing.lint_rules import RULES
from services.notifier.writing.unnamed import unnamed
from shared.errors import Misconfigured
from shared.policy.policy import Policy
from tests.core.notifier_stories import SHIPPED


def edited(language: str, template: str, before: str, after: str) -> Policy:
    """The shipped policy in one language, with one passage of one template written otherwise."""
    spoken = SHIPPED.wording.languages[language]
    text = spoken.letters[template]
    assert before in text
    letters = spoken.letters | {template: text.replace(before, after)}
    wording = replace(SHIPPED.wording, languages={language: replace(spoken, letters=letters)})
    return replace(SHIPPED, wording=wording, house=replace(SHIPPED.house, language=language))


def broken(rule: str, language: str, template: str, before: str, after: str) -> list[Breach]:
    return [breach for breach in breaches(edited(language, template, before, after)) if breach.rule == rule]


@pytest.mark.parametrize("language", SHIPPED.wording.languages)
def test_every_shipped_letter_keeps_every_rule(language: str) -> None:
    only = {language: SHIPPED.wording.languages[language]}
    house = replace(SHIPPED.house, language=language)
    assert list(breaches(replace(SHIPPED, wording=replace(SHIPPED.wording, languages=only), house=house))) == []


BREAKS = {
    "own_fault": ("_sorry", "That is our failure. You relied on us and we let you down. We", "We", "", "our fault"),
    "own_fault where it was not": (
        "_sorry", "You had a bad experience with us, and we", "That is our failure, and we",
        "That is our failure, and we are sorry for it.", "not our fault",
    ),
    "repair": ("_repair", "sees that it is put right with you, and what", "has read it, and what", "", "it is put right"),
    "repair by somebody": ("_repair", "{{ Signed }} sees that it is put right", "It is put right", "", "who puts it right"),
    "regret": ("promise-missed", "We are sorry.", "", "", "sorry"),
    "explanation": ("apology", '% include "_sorry.txt"', "Thank you. We are sorry for our failure.", "", "say what happened"),
    "explanation beside": (
        "decline", "{{ thing }} was promised for {{ promised }} and arrived", "{{ thing }} arrived", "", "promised day beside",
    ),
    "blame": (
        "input", "What we offered did not suit you.", "You should have told us before.", "You should have told us before.",
        "blames the customer",
    ),
    "patience": (
        "progress", "{{ why }}", "We ask for your understanding.", "We ask for your understanding.", "understanding",
    ),
    "paid_by": ("_owed", "We owe you {{ remedy }} for this. It is paid by itself{{ when }}: you", "You", "", "by when"),
    "rights waived": (
        "settlement", "By taking it you give up no right.", "Enjoy it.", "", "gives up no right",
    ),
    "rights elsewhere": ("final-say", "You may also turn to {{ body }}.", "", "", "whom else"),
    "each_claim": ("_account", "- {{ line }}", "- This we have looked at.", "", "by its name"),
    "situation": ("_sorry", "{{ situation }}", "{{ situation }} {{ situation }}", "dangerous as well", "say this once"),
    "thanks": ("_sorry", "Thank you for telling us. ", "", "", "thank them"),
    "thanks for nothing": (
        "_sorry", "You did not have to write to us for this:", "Thank you for writing:", "Thank you for writing:", "did not write",
    ),
    "figures": ("settlement", "It is arranged.", "It is there in 3 days.", "It is there in 3 days.", "of its own"),
    "cause": ("handed-over", "A person has taken over your case.", "That was due to the storm.", "due to the storm", "of its own"),
    "vague": ("handed-over", "A person has taken over your case.", "You hear from us shortly.", "shortly", "has a day"),
    "proposal": ("_unmet", "Your proposal was: {{ asked }}.", "We have read it.", "We have read it.", "begin with"),
    "on_file": ("question", "Please tell us:", "Please provide your order number:", "order number", "on file"),
    "not_the_last": (
        "options", "We have thought about it again.", "This is our final offer.", "This is our final offer.", "the last",
    ),
    "role": ("final-say", "This answer is given by {{ role }}.", "", "", "whose answer"),
    "farewell": (
        "decline", "We are sorry that you are disappointed all the same.", "We are sorry. " + "And so on it goes. " * 20, "",
        "fewer than 100",
    ),
    "farewell without rebuttal": (
        "final-say", "We have tried to put this right", "However, we have tried", "However, we have tried", "argues no more",
    ),
    "farewell without gift": (
        "decline", "We are sorry that you are disappointed all the same.", "We are sorry, and send you a voucher.",
        "send you a voucher", "brings no gift",
    ),
    "no_repeats": (
        "payment-late", "That is our failure, after the first one, and we are sorry for it.",
        "You had our word and we did not keep it.",
        "", "of the same case",
    ),
    "no_gaps": ("settlement", "% if remedy\n", "% if ongoing or not ongoing\n", "", "not known"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_letter_that_breaks_a_rule_is_refused_with_file_and_sentence(name: str) -> None:
    template, before, after, sentence, fix = BREAKS[name]
    rule = name.split(" ", maxsplit=1)[0]
    found = broken(rule, "en", template, before, after)
    assert found, "it is refused"
    first = next(breach for breach in found if fix in breach.fix)
    assert sentence in first.sentence
    assert str(first).startswith(f"{SHIPPED.wording.folder}/en/")
    assert f"[{rule}]" in str(first)


def test_owed_and_given_in_one_sentence_is_refused() -> None:
    both = "{{ link }}\n% for option in options\nWe owe you {{ remedy }} and give you {{ option }} as well\n% endfor\n"
    (first, *_) = broken("two_ledgers", "en", "options", "{{ link }}\n", both)
    assert first.sentence.startswith("We owe you €17.50 and give you a voucher for €20.00")
    assert "in two sentences" in first.fix


def test_every_rule_has_a_letter_that_breaks_it() -> None:
    tried = {name.split(" ")[0] for name in BREAKS} | {"two_ledgers"}
    assert {rule.__name__ for rule in RULES} <= tried


def test_the_sentence_is_found_on_its_line_and_in_its_part() -> None:
    text = SHIPPED.wording.languages["en"].letters["_repair"]
    wrong = edited(
        "en", "_repair", "{{ Signed }} looks after it for you from here.", "You should have told {{ signed }}."
    )
    line = text[: text.index("{{ Signed }} looks")].count("\n") + 1
    found = {(breach.file.name, breach.line) for breach in breaches(wrong) if breach.rule == "blame"}
    assert found == {("_repair.txt", line)}


def test_the_check_of_a_policy_stops_at_the_first_one() -> None:
    with pytest.raises(
        Misconfigured, match=r"input\.txt:2: this blames the customer: leave it out \[blame\] — “You sh"
    ):
        prove_wording(edited("en", "input", "What we offered did not suit you.", "You should have told us before."))


def test_what_one_language_forgets_is_found_in_that_language() -> None:
    for language, template, before in (("de", "_sorry", "Es tut uns leid.\n"), ("fr", "final-say", "{{ role }}")):
        assert list(breaches(edited(language, template, before, "\n"))), language


def test_what_the_policy_knows_and_a_language_cannot_name_is_refused() -> None:
    spoken = SHIPPED.wording.languages["fr"]
    words = replace(spoken.words, roles={name: said for name, said in spoken.words.roles.items() if name != "billing"})
    languages = SHIPPED.wording.languages | {"fr": replace(spoken, words=words)}
    with pytest.raises(Misconfigured, match=r"fr/words\.yaml:\d+: `roles` has no words for `billing`"):
        prove_wording(replace(SHIPPED, wording=replace(SHIPPED.wording, languages=languages)))


def test_every_claim_form_and_role_of_the_house_has_words_in_every_language() -> None:
    assert list(unnamed(SHIPPED)) == []


def test_an_option_that_somebody_does_needs_words_that_name_them() -> None:
    spoken = SHIPPED.wording.languages["es"]
    words = replace(spoken.words, forms={name: said for name, said in spoken.words.forms.items() if name != "call-by"})
    languages = SHIPPED.wording.languages | {"es": replace(spoken, words=words)}
    with pytest.raises(Misconfigured, match=r"es/words\.yaml:\d+: `forms` has no words for `call-by`"):
        prove_wording(replace(SHIPPED, wording=replace(SHIPPED.wording, languages=languages)))
