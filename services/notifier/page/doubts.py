"""When what somebody writes does not go with what they chose, we ask which of the two they mean."""

import re

SENTENCE = re.compile(r"[^.!?…؟？]+[.!?…؟？]*")
GREETING = 3
"""So few words before the question are no sentence of their own: "Hello." or "Dear team,"."""
UNSOLVED = (
    # en
    r"(is|was|are|has|it'?s|that'?s) (still )?not (been |yet )?(solved|resolved|fixed|settled|repaired|right|working)",
    r"(isn'?t|wasn'?t|hasn'?t been|not yet|never) (solved|resolved|fixed|settled|repaired|sorted|working)",
    r"still (not|no|broken|waiting|missing|does ?n[o']t|do ?n[o']t|has ?n[o']t|have ?n[o']t|is ?n[o']t|down|wrong)",
    r"(does|do|did)( not|n'?t) work|has( not|n'?t) (arrived|come)",
    # de
    r"(noch )?(immer )?(nicht|nie) (gel(ö|oe)st|behoben|erledigt|repariert|angekommen|geklärt|in ordnung)",
    r"(immer noch|noch immer) (nicht|kein\w*|kaputt|defekt)|(funktioniert|geht) (\w+ ){0,2}nicht|warte (noch|immer)",
    # fr
    r"(n'est|n’est|c'est|c’est|est) (toujours |encore )?pas (encore )?(résolue?|réglée?|réparée?|arrivée?)",
    r"toujours (pas|en panne|rien)|ne (fonctionne|marche) (toujours )?pas|pas encore (résolu|réglé|reçu|arrivé)\w*|j'attends (toujours|encore)",
    # es
    r"(no está|no esta|no se ha|no ha|todavía no|todavia no|aún no|aun no|sigue sin) (\w+ ){0,2}(resuelto|solucionado|solucionar|resolver|arreglado|arreglar|llegado|llegar|funcionar|funciona)",
    r"sigue (roto|rota|igual|mal|averiad\w+)|no funciona|sigo esperando",
    # pt
    r"(não|nao|nunca) (está|esta|foi|ficou) (\w+ )?(resolvid|solucionad|consertad|arrumad)\w+",
    r"(ainda|continua) (não|nao|sem|quebrad\w+|com defeito|esperando)|(não|nao) (funciona|chegou)|continuo esperando",
)
SAYS_UNSOLVED = re.compile("|".join(rf"\b(?:{phrase})\b" for phrase in UNSOLVED), re.IGNORECASE)


def says_unsolved(text: str) -> bool:
    """Whether the words say that it is not put right, in any language that we write: people answer in their own."""
    return bool(SAYS_UNSOLVED.search(text.replace("’", "'")))


def only_asks(text: str) -> bool:
    """Whether every sentence is a question; a greeting before it is none."""
    sentences = [found.strip() for found in SENTENCE.findall(" ".join(text.split())) if found.strip()]
    asked = [sentence.endswith(("?", "؟", "？")) for sentence in sentences]
    others = [sentence for sentence, asks in zip(sentences, asked, strict=True) if not asks]
    return any(asked) and all(len(sentence.split()) <= GREETING for sentence in others)
