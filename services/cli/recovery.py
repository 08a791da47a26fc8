"""Coming forward: the complaints that the house writes itself, one for each thing of each customer whom a failure touched."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from services.verifier.records.affected import Failure
from services.verifier.records.forward import CHANNEL, name_of
from shared.bus import codec
from shared.bus.seam import Outgoing, Partition, Record
from shared.errors import Malformed, Misconfigured, TooLarge
from shared.events import CRM, Affected, ComplaintReceived, Subject
from shared.policy.recovery import Recovery

SERVICE = "service"


class Listed(Struct, frozen=True):
    """A line of the CRM's list: what it says, and where it stands."""

    place: str
    says: dict[str, Any]


class Draft(Struct, frozen=True):
    """One complaint to be handed in: as it is read, and as it goes onto the topic."""

    letter: ComplaintReceived
    record: Outgoing

    @property
    def reachable(self) -> bool:
        """Whether there is an address, and mail is wished."""
        person = self.letter.customer
        return bool(person.email) and not (person.contact is not None and person.contact.email is False)


def read_customers(file: Path) -> list[Listed]:
    """The CRM's list, one JSON object a line. Raises Misconfigured with file and line."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as wrong:
        raise Misconfigured(f"cannot read {file}: {wrong.strerror}") from None
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{file}:{number}"
            try:
                found.append(Listed(place, msgspec.json.decode(line, type=dict[str, Any])))
            except msgspec.MsgspecError as wrong:
                raise Misconfigured(f"{place}: it is no JSON object: {wrong}") from None
    return found


def drafts(failure: Failure, listed: Iterable[Listed], recovery: Recovery, now: datetime) -> list[Draft]:
    """A complaint for each customer and thing, each once: those on the list as it says, then those whom the incident itself
    names. Raises Misconfigured with the line that cannot be one."""
    hour = now.replace(minute=0, second=0, microsecond=0)  # so that twice in a row says the same, and is no conflict
    found: dict[tuple[str, Subject], Draft] = {}
    subject_of = {one.customer: Subject(one.kind, one.id) for one in reversed(failure.affects) if one.customer}
    for one in listed:
        draft = _draft(one.says, one.place, failure, recovery, hour, subject_of)
        found.setdefault(_key(draft), draft)
    for entry in _named(failure.affects):
        says = {"customer": {"id": entry.customer}, "subject": {"kind": entry.kind, "id": entry.id}}
        draft = _draft(_with_address(says, found.values()), failure.report.id, failure, recovery, hour, subject_of)
        found.setdefault(_key(draft), draft)
    return list(found.values())


def _named(affects: Iterable[Affected]) -> Iterator[Affected]:
    return (one for one in affects if one.customer)


def _with_address(says: dict[str, Any], known: Iterable[Draft]) -> dict[str, Any]:
    """Who is on the list with one thing is known by it for the others, too."""
    person = next((one.letter.customer for one in known if one.letter.customer.id == says["customer"]["id"]), None)
    return says | {"customer": msgspec.to_builtins(person)} if person else says


def _key(draft: Draft) -> tuple[str, Subject]:
    assert draft.letter.subject is not None
    return draft.letter.customer.id, draft.letter.subject


def _draft(
    says: dict[str, Any],
    place: str,
    failure: Failure,
    recovery: Recovery,
    now: datetime,
    subject_of: dict[str, Subject],
) -> Draft:
    customer = says.get("customer")
    if isinstance(customer, str):
        customer = {"id": customer}
    if not isinstance(customer, dict) or not customer.get("id"):
        raise Misconfigured(f"{place}: it needs a `customer` with an `id`, as a complaint has it")
    subject = says.get("subject") or subject_of.get(customer["id"]) or Subject(SERVICE, failure.report.service)
    plain = msgspec.to_builtins(subject)
    value = {name: said for name, said in says.items() if name not in ("id", "at", "type", "specversion")}
    value |= {"customer": customer, "subject": plain, "channel": CHANNEL, "received_at": now}
    value["occurred_at"] = says.get("occurred_at") or failure.began
    value["category"] = says.get("category") or recovery.of(str(plain.get("kind")))
    value["id"] = name_of(failure.report.id, Subject(str(plain.get("kind")), str(plain.get("id"))), customer["id"])
    line = msgspec.json.encode(value)
    try:
        letter = codec.decode(Record(Partition(CRM, 0), 0, None, line, (), now)).event
        return Draft(letter, codec.parse_line(CRM, line))
    except (Malformed, TooLarge) as wrong:
        raise Misconfigured(f"{place}: {wrong}") from None
