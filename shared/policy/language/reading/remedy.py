"""What a schedule adds to a sum, and in which other forms it may be made good."""

from shared.policy.language.form.schedule import Addition, Alternative, Remedy
from shared.policy.language.reading import fields
from shared.policy.language.reading.scope import Scope
from shared.policy.tree import Node


def read_additions(node: Node, scope: Scope) -> tuple[Addition, ...]:
    """All additions in the order of the file."""
    return tuple(_addition(one, scope) for one in fields.items(node, "additions"))


def _addition(node: Node, scope: Scope) -> Addition:
    has = fields.entries(node, ("if", "add", "reason"), ("if", "add", "reason")).entries
    return Addition(
        node.place,
        scope.condition(fields.formula(has["if"])),
        scope.money(fields.formula(has["add"])),
        fields.code(has["reason"]),
    )


def read_remedy(node: Node, scope: Scope) -> Remedy:
    """The form, how many of it, and which other forms count as equal."""
    has = fields.entries(node, ("form", "quantity", "equal")).entries
    return Remedy(
        form=fields.code(has["form"]) if "form" in has else "money",
        quantity=scope.number(fields.formula(has["quantity"])) if "quantity" in has else None,
        equal=fields.codes(has["equal"]) if "equal" in has else (),
    )


def read_alternatives(node: Node, scope: Scope) -> tuple[Alternative, ...]:
    """The forms that may be chosen instead, with their worth."""
    return tuple(_alternative(one, scope) for one in fields.items(node, "alternatives"))


def _alternative(node: Node, scope: Scope) -> Alternative:
    has = fields.entries(node, ("form", "worth"), ("form", "worth")).entries
    return Alternative(node.place, fields.code(has["form"]), scope.money(fields.formula(has["worth"])))
