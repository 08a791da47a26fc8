"""What the words of a letter hint at: danger, illness, law and press bring a person, in every language of the house."""

import shutil
from pathlib import Path

import pytest

from shared.errors import Misconfigured
from shared.policy.load import load_policy
from shared.policy.words import read_claims, read_signals

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
POLICY = load_policy(DEPLOY / "policy")
SIGNALS = read_signals(POLICY.signals)
CLAIMS = read_claims(POLICY.claims)
LANGUAGES = {"en", "pt", "de", "fr", "es"}


def test_danger_illness_law_and_press_bring_a_person_and_the_rest_another_tone() -> None:
    assert [signal.name for signal in POLICY.signals if signal.to_person] == ["danger", "illness", "law", "press"]
    assert [signal.name for signal in POLICY.signals if not signal.to_person] == ["distress", "contradiction"]


def test_every_signal_and_every_claim_is_known_in_every_language() -> None:
    for signal in POLICY.signals:
        assert set(signal.words) == LANGUAGES, signal.name
    for name, claim in POLICY.claims.items():
        assert set(claim.words) >= LANGUAGES, name


def test_the_demo_hears_what_the_house_hears() -> None:
    assert load_policy(DEPLOY / "demo" / "policy").signals == POLICY.signals


@pytest.mark.parametrize(
    ("text", "language", "signals"),
    [
        ("The charger caught fire!", "en-GB", ("danger",)),
        ("O secador pegou fogo na tomada.", "pt-BR", ("danger",)),
        ("Das Ladegerät geriet in Brand, meine Tochter ist verletzt.", "de", ("danger",)),
        ("L'appareil a pris feu et il y avait de la fumée.", "fr", ("danger",)),
        ("El cargador explotó y hay humo.", "es-MX", ("danger",)),
        ("My son got sick and is in hospital", "en", ("illness",)),
        ("Minha filha passou mal depois de comer.", "pt", ("illness",)),
        ("Mir wurde übel, ich musste zum Arzt.", "de-AT", ("illness",)),
        ("Je suis tombée malade, j'ai dû aller à l'hôpital.", "fr", ("illness",)),
        ("Me puse enfermo y fui a urgencias", "es", ("illness",)),
        ("You will hear from my lawyer.", "en", ("law",)),
        ("Vou ao Procon.", "pt-BR", ("law",)),
        ("Mein Anwalt wird sich melden.", "de", ("law",)),
        ("Je vais porter plainte, mon avocat vous écrira.", "fr-CA", ("law",)),
        ("Voy a poner una denuncia.", "es", ("law",)),
        ("I shall go to the press.", "en", ("press",)),
        ("Vou contar tudo para a imprensa.", "pt", ("press",)),
        ("Ich wende mich an die Zeitung.", "de", ("press",)),
        ("J'en parlerai à un journaliste", "fr", ("press",)),
        ("Se lo contaré a un periodista", "es", ("press",)),
        ("I am in tears, it was for the funeral", "en", ("distress",)),
        ("Your tracking says it was delivered, I have nothing", "en", ("contradiction",)),
        ("Consta como entregue e não recebi nada", "pt-BR", ("contradiction",)),
        ("My lawyer knows that it exploded", "en", ("danger", "law")),
        ("Mein Anwalt weiß davon", None, ("law",)),
        ("I had to see a doctor", "en", ("illness",)),
        ("Tive que ir ao médico", "pt", ("illness",)),
        ("Minha mãe está sem remédio", "pt", ("illness",)),
        ("Tuve que ir al médico", "es", ("illness",)),
        ("J'ai dû consulter un médecin", "fr", ("illness",)),
        ("He was taken to the hospital.", "en", ("illness",)),
        ("I will take you to court", "en", ("law",)),
        ("Iremos a juicio", "es", ("law",)),
        ("Voy a poner una demanda", "es", ("law",)),
        ("Je vais appeler la police", "fr", ("law",)),
        ("Le livreur m'a menacé", "fr", ("danger",)),
        ("El repartidor me amenazó", "es", ("danger",)),
        ("O entregador me ameaçou", "pt", ("danger",)),
        ("El cable prendió fuego", "es", ("danger",)),
        ("Mi hijo estaba sangrando", "es", ("danger",)),
    ],
)
def test_what_people_write_brings_whom_it_should(text: str, language: str | None, signals: tuple[str, ...]) -> None:
    assert SIGNALS.of(text, language) == signals


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This is bloody rubbish, you damned idiots", "en"),
        ("I'll write again, I'm sick of waiting and I'd press the button again", "en"),
        ("My Fire tablet is late", "en"),
        ("O aparelho queimou no primeiro dia e isso é um transtorno", "pt"),
        ("Der Fahrer ist mit dem Paket weggefahren", "de"),
        ("Le colis n'est pas arrivé", "fr"),
        ("El paquete no ha llegado", "es"),
        ("Thank you for the hospitality, but the box was ugly.", "en"),
        ("Obrigado pela hospitalidade.", "pt"),
        ("Gracias por la hospitalidad.", "es"),
        ("A mi juicio el embalaje era feo.", "es"),
        ("Debido a una demanda alta no tenían stock.", "es"),
        ("Mon numéro de police d'assurance est 1234.", "fr"),
        ("I left the parcel at the tennis court.", "en"),
        ("The food court was closed.", "en"),
        ("The court. shoes are too small", "en"),
        ("Il menace de pleuvoir.", "fr"),
        ("La météo était menaçante.", "fr"),
        ("Había amenaza de lluvia", "es"),
        ("Ameaça de chuva", "pt"),
        ("Los zapatos son de color fuego.", "es"),
        ("Unas prendas de color fuego", "es"),
        ("Compré una sangría", "es"),
        ("My doctor's appointment was missed because I waited at home.", "en"),
        ("Perdi a minha consulta médica", "pt"),
        ("Comprei um remédio para plantas", "pt"),
        ("I'm a doctor and ordered gloves", "en"),
        ("", "en"),
        (None, None),
    ],
)
def test_what_is_loud_or_common_alarms_nobody(text: str | None, language: str | None) -> None:
    assert SIGNALS.of(text, language) == ()


@pytest.mark.parametrize(
    ("text", "language", "claims"),
    [
        ("Mon colis n'est jamais arrivé", "fr", {"not-received"}),
        ("La commande est arrivée trop tard", "fr", {"late"}),
        ("Le vase est cassé", "fr", {"damaged"}),
        ("Il manque deux vis", "fr", {"missing-parts"}),
        ("Je voudrais annuler", "fr", {"cancellation"}),
        ("Mi pedido no ha llegado", "es", {"not-received"}),
        ("El paquete llegó con retraso", "es", {"overdue"}),
        ("La taza está rota", "es", {"damaged"}),
        ("Me enviaron un color equivocado", "es-AR", {"wrong-goods"}),
        ("Quiero cancelar", "es", {"cancellation"}),
        ("Bonjour, tout va bien ?", "fr", set()),
        ("Buenos días, gracias", "es", set()),
    ],
)
def test_letters_in_french_and_spanish_are_understood(text: str, language: str, claims: set[str]) -> None:
    assert CLAIMS.of(text, None, language) == claims


@pytest.mark.parametrize(
    ("before", "after", "fix"),
    [
        (
            "to_person: yes\n  grave: yes\n  words:\n    en: [on fire",
            "to_person: true\n  grave: yes\n  words:\n    en: [on fire",
            "`true` is neither",
        ),
        ("- name: illness", "- name: danger", "`danger` is taken by another one"),
        ("- name: distress\n", "- name: distress\n  person: a nurse\n", "add `to_person: yes`"),
        ("en: [lawyer,", "en: [lawyer, lawyer … court,", "`lawyer` is found wherever it is"),
        ("en: [lawyer,", "en: [lawyer, …,", "has a part without a word"),
        ("en: [lawyer,", "English: [lawyer,", "`English` is no language"),
    ],
)
def test_a_broken_signal_is_refused_with_its_line_and_the_fix(
    before: str, after: str, fix: str, tmp_path: Path
) -> None:
    file = shutil.copytree(DEPLOY / "policy", tmp_path / "policy") / "signals.yaml"
    written = file.read_text()
    assert written.count(before) == 1
    file.write_text(written.replace(before, after))
    with pytest.raises(Misconfigured, match=r"signals\.yaml:\d+: ") as caught:
        load_policy(file.parent)
    assert fix in str(caught.value)
