"""Whether each row of applies.yaml fits to the schedule that it names, and to the claims that a letter may make."""

from collections.abc import Mapping

from shared.policy.language.form.types import ListOf, Record
from shared.policy.language.judging.compile import Compiled
from shared.policy.policy import Application, Claim, Policy
from shared.policy.shape import Path, Places
from shared.policy.sources import PARTS, wrong_name
from shared.policy.tree import nearest


def check_applications(policy: Policy, schedules: Mapping[str, Compiled], places: Places) -> None:
    """Raises Misconfigured at the first row that does not fit, with its place."""
    for n, row in enumerate(policy.applies.rows):
        path = ("applies", "rows", n)
        _check_claims(row, policy.claims, places, path)
        _check_facts(row, schedules[row.schedule], places, path)
        _check_sources(schedules[row.schedule])


def _check_claims(row: Application, claims: Mapping[str, Claim], places: Places, path: Path) -> None:
    for list_ in ("claims", "contested_by"):
        for n, name in enumerate(getattr(row, list_)):
            if name not in claims:
                places[*path, list_, n].refuse(f"no claim of claims.yaml is called `{name}`: {nearest(name, claims)}")
    for n, name in enumerate(row.claims):
        if claims[name].to_person or not claims[name].provided:
            places[*path, "claims", n].refuse(
                f"`{name}` is answered by no promise: claims.yaml says `to_person: yes` or `provided: no` of it"
            )
    for n, name in enumerate(row.contested_by):
        if name not in row.claims:
            places[*path, "contested_by", n].refuse(f"`{name}` is not among `claims`: add it there too")


def _check_facts(row: Application, compiled: Compiled, places: Places, path: Path) -> None:
    facts = compiled.schedule.facts
    for key in ("since", "promised", "measured", "began", "ended"):
        name = getattr(row, key)
        if name is not None and name not in facts:
            places[*path, key].refuse(f"{row.schedule} has no fact `{name}`: {nearest(name, facts)}")


def _check_sources(compiled: Compiled) -> None:
    """A name that its source never states would leave every case without a verdict."""
    for fact in compiled.schedule.facts.values():
        name = fact.named or fact.name
        wrong = None if fact.cause else wrong_name(fact.source, name)
        if wrong:
            fact.place.refuse(wrong)
        if fact.source == "history" and isinstance(fact.type, ListOf) and isinstance(fact.type.item, Record):
            strange = next((part for part in fact.type.item.fields if part not in PARTS.get(name, ())), None)
            if strange:
                fact.place.refuse(f"an entry of `{name}` has no `{strange}`: {nearest(strange, PARTS[name])}")
