"""A letter is understood whatever its accents and capitals, and rather with a claim too many than one unheard."""

from pathlib import Path

import pytest

from shared.policy.load import load_policy
from shared.policy.policy import Claim
from shared.policy.words import plain, read_claims

CLAIMS = read_claims(load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy").claims)


def test_accents_capitals_apostrophes_and_hyphens_do_not_count() -> None:
    assert plain("Não CHEGOU! It didn’t, pós-venda: Straße") == "nao chegou . it didnt pos venda . strasse"


@pytest.mark.parametrize(
    ("text", "language", "claims"),
    [
        ("MEU PEDIDO NÃO CHEGOU", "pt-BR", {"not-received"}),
        ("A entrega atrasou três dias.", "pt-BR", {"overdue"}),
        ("A entrega demorou demais", "pt-BR", {"late"}),
        ("Boa tarde, tudo bem?", "pt-BR", set()),
        ("Chegou atrasado e veio quebrado", "pt-BR", {"overdue", "damaged"}),
        ("Comprei dois e só veio um", "pt-BR", {"missing-parts"}),
        ("It came late.", "en", {"late"}),
        ("I will write again later.", "en", set()),
        ("Ich melde mich später wegen des Spatens.", "de", set()),
        ("O celular demora para carregar", "pt-BR", set()),
        ("Boa tarde, uso há muito tempo.", "pt-BR", set()),
        ("It came on the right day but it is the wrong item", "en", {"wrong-goods"}),
        ("It didn't arrive", "en-GB", {"not-received"}),
        ("It has still not, as of today, arrived", "en", {"not-received"}),
        ("I am not happy. It arrived.", "en", set()),
        ("Das Paket kam zu spät.", "de", {"late"}),
        ("Der Teller ist zerbrochen und ein Löffel fehlt", "de-AT", {"damaged", "missing-parts"}),
        ("Das Paket kam zu spät.", None, {"late"}),
        ("Das Paket kam zu spät.", "tlh", {"late"}),
    ],
)
def test_what_people_write_is_what_they_claim(text: str, language: str | None, claims: set[str]) -> None:
    assert CLAIMS.of(text, None, language) == claims


def test_the_category_and_the_words_count_together() -> None:
    assert CLAIMS.of("The lid is broken", "Late delivery", "en") == {"late", "damaged"}


def test_a_category_that_nobody_lists_claims_nothing() -> None:
    assert CLAIMS.of(None, "low-rating", "pt-BR") == frozenset()


def test_the_gap_of_a_phrase_ends_with_the_sentence() -> None:
    claims = read_claims({"lost": Claim(words={"en": ("not … come",)})})
    assert claims.of("It did not yet come", None, "en") == {"lost"}
    assert claims.of("It did not. Please come", None, "en") == frozenset()
    assert claims.of("not one two three four come", None, "en") == frozenset()
