"""Only who says that something was delivered late claims it: the word `late` alone is said of much else."""

from pathlib import Path

import pytest

from shared.policy.load import load_policy
from shared.policy.words import read_claims

CLAIMS = read_claims(load_policy(Path(__file__).resolve().parents[2] / "deploy" / "policy").claims)

LATE = {
    "en": (
        "It was late.",
        "Three days late, and not for the first time.",
        "It came far too late",
        "My parcel came nine days late.",
        "The package arrived late",
        "The order was two weeks late!",
        "The delivery was delayed by a week.",
        "Late delivery, very unhappy",
        "There was a long delay in delivery",
        "Shipping took three weeks",
        "It took ages to arrive.",
        "The goods were late",
        "Everything arrived late.",
        "Delivered later than announced",
    ),
    "pt": (
        "A entrega demorou demais",
        "O pedido demorou um mês",
        "Chegou tarde.",
        "O produto demorou muito para chegar",
        "Demorou para entregar",
        "Entregaram tarde demais",
        "Entrega muito lenta",
        "O frete demorou",
        "Demorou bastante até eu receber",
        "Levou muito tempo para chegar",
        "O correio demorou",
        "Demoraram muito no envio",
    ),
    "de": (
        "Das Paket kam zu spät.",
        "Mein Paket ist fünf Tage zu spät gekommen.",
        "Das Paket kam leider viel zu spät an",
        "Die Lieferung war verspätet.",
        "Die Lieferung kam zu spät",
        "Die Sendung wurde verspätet zugestellt",
        "Der Versand hat zu lange gedauert",
        "Die Lieferung hat ewig gedauert",
        "Das Paket war viel zu lange unterwegs",
        "Ich musste lange auf mein Paket warten",
        "Es wurde zu spät geliefert",
        "Die Lieferung hat sich verzögert",
        "Die Bestellung kam erst spät",
        "Später als angekündigt geliefert",
    ),
    "fr": (
        "La commande est arrivée trop tard",
        "Mon colis est arrivé tard.",
        "Livraison en retard",
        "Livré trop tard",
        "J'ai attendu trois semaines mon colis",
        "La livraison était trop lente",
        "La livraison a pris trop de temps",
        "Un retard de livraison d'une semaine",
        "Le paquet a mis trop de temps à arriver",
        "Mon colis avait du retard",
        "Il a fallu trop longtemps pour être livré",
        "Le livreur est passé en retard.",
        "Des délais de livraison beaucoup trop longs",
    ),
    "es": (
        "El paquete llegó tarde.",
        "Llegó demasiado tarde",
        "Mi pedido llegó tres días tarde.",
        "La entrega fue muy lenta",
        "Tardó mucho en llegar",
        "El envío se ha demorado",
        "Me lo entregaron muy tarde",
        "Ha tardado tres semanas en llegar",
        "Tardaron un mes en entregarlo",
        "El pedido tardó demasiado",
        "Demoró en llegar",
        "Estuve semanas esperando mi paquete",
        "Una entrega tardía",
    ),
}
NOT_LATE = {
    "en": (
        "I called late at night and they hung up on me.",
        "The picture has a delay of two seconds when I turn it on.",
        "My refund is late.",
        "Your hotline took so long.",
        "It took me too long to assemble",
        "The clock runs late",
        "You answered too late",
        "I will write again later.",
        "Your reply took a week.",
        "The technician was late",
        "Later than usual the hotline opened",
        "They delayed my refund.",
    ),
    "pt": (
        "Boa tarde, tudo bem?",
        "Entregaram à tarde.",
        "O atendimento telefônico levou muito tempo.",
        "O celular demora para carregar",
        "Uso há muito tempo.",
        "Liguei ontem à tarde e desligaram na minha cara",
        "O aparelho demora a ligar",
        "É tarde demais para trocar",
        "O som tem um atraso",
        "Demoraram para responder",
        "O vídeo está lento",
        "Mais tarde escrevo de novo",
    ),
    "de": (
        "Ich habe am Telefon lange gewartet und wurde dann beleidigt.",
        "Die Uhr geht zu spät.",
        "Ich melde mich später wegen des Spatens.",
        "Ich rief spät am Abend an",
        "Das Bild kommt mit Verzögerung",
        "Ihre Antwort kam zu spät",
        "Die Gutschrift verspätet sich",
        "Der Techniker hat zu lange gebraucht",
        "Das Laden hat zu lange gedauert",
        "Später rufe ich wieder an",
        "Ich habe lange auf eine Antwort gewartet",
        "Die Ware riecht verbrannt",
    ),
    "fr": (
        "Le câble est trop long.",
        "J'ai attendu 40 minutes au téléphone, trop longtemps !",
        "Je rappellerai plus tard : le vendeur m'a insulté.",
        "On m'a dit de rappeler plus tard et on m'a raccroché au nez.",
        "J'ai attendu trois jours votre réponse",
        "Votre remboursement a du retard",
        "L'horloge a du retard",
        "Le son arrive avec un retard d'une seconde",
        "Vous m'avez répondu trop tard",
        "Il est trop tard pour changer",
        "Trop long à monter",
        "L'appareil est lent",
    ),
    "es": (
        "Estuve demasiado tiempo al teléfono sin que nadie me atendiera.",
        "Llamé esta tarde y me colgaron el teléfono.",
        "Buenas tardes, gracias",
        "El paquete llegó esta tarde.",
        "Me lo entregaron por la tarde",
        "Ayer por la tarde llegó un paquete vacío",
        "El reloj va tarde",
        "Más tarde vuelvo a escribir",
        "Ha tardado en encenderse",
        "El paquete llegó a tiempo.",
        "Es demasiado tarde para cambiarlo",
        "Me respondieron tarde",
    ),
}


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in LATE.items() for text in texts])
def test_who_says_that_it_was_delivered_late_is_heard(language: str, text: str) -> None:
    assert "late" in CLAIMS.of(text, None, language)


@pytest.mark.parametrize(("language", "text"), [(one, text) for one, texts in NOT_LATE.items() for text in texts])
def test_what_else_was_late_is_no_late_delivery(language: str, text: str) -> None:
    assert "late" not in CLAIMS.of(text, None, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "À cet égard, je vous remercie."),
        ("fr", "J'ai perdu patience"),
        ("fr", "J'attends votre réponse"),
        ("es", "Aún no he reclamado, todo perfecto."),
        ("es", "Todavía no he reclamado"),
        ("es", "He perdido la paciencia"),
        ("pt", "Ainda não reclamei."),
        ("de", "Ich habe noch nicht reklamiert"),
    ],
)
def test_what_is_lost_or_still_to_come_is_not_always_a_parcel(language: str, text: str) -> None:
    assert "not-received" not in CLAIMS.of(text, None, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Mon colis est égaré"),
        ("fr", "La commande a été perdue"),
        ("fr", "Toujours pas de colis"),
        ("fr", "J'attends toujours"),
        ("es", "Aún no lo tengo"),
        ("es", "El paquete se ha perdido"),
        ("es", "Todavía no ha llegado"),
        ("pt", "Ainda não chegou"),
        ("pt", "Ainda não tenho o produto"),
        ("de", "Das Paket ist noch nicht da."),
    ],
)
def test_who_still_waits_for_a_parcel_is_heard(language: str, text: str) -> None:
    assert "not-received" in CLAIMS.of(text, None, language)
