"""`amends evidence`: which verdicts wait for what, and a person's answer where no machine gives one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
import typer
from sqlalchemy import text

from services.cli.connected import connected, with_bus
from services.cli.output import Json, print_json, print_rows
from services.verifier.records import awaited
from services.verifier.records.awaited import Waiting
from shared.bus import codec
from shared.errors import Malformed, Misconfigured
from shared.events import TELEMETRY, MeasurementTaken, Subject
from shared.host.connections import Connections


def register(app: typer.Typer) -> None:
    """Add `evidence list` and `evidence answer`."""
    evidence = typer.Typer(help="Verdicts that wait for evidence, and answers to them.", no_args_is_help=True)
    app.add_typer(evidence, name="evidence")
    evidence.command(name="list")(list_)
    evidence.command()(answer)


def list_(json: Json = False) -> None:
    """Complaints whose verdict waits: for which facts, about what, who is to find them, until when."""

    async def work(connections: Connections) -> list[Waiting]:
        async with connections.engine.connect() as connection:
            return await awaited.waiting(connection)

    found = connected(work)
    if json:
        print_json(found)
        return
    rows = [
        {
            "complaint": one.complaint,
            "subject": str(one.subject or "–"),
            "facts": one.facts,
            "owner": one.owner,
            "until": one.until,
        }
        for one in found
    ]
    print_rows(
        rows,
        ("complaint", "subject", "facts", "owner", "until"),
        as_json=False,
        empty="no verdict waits for evidence",
    )


def answer(
    about: Annotated[
        str,
        typer.Argument(
            metavar="COMPLAINT|KIND/ID", help="A complaint that waits, or the thing itself: order/53cdb2fc."
        ),
    ],
    facts: Annotated[
        list[str],
        typer.Argument(
            metavar="FACT=VALUE…", help="Text, a number, true, false, null, or JSON: status=delivered weight=1.5"
        ),
    ],
    by: Annotated[str, typer.Option(help="Who states it: a name that the verdict's record leads to.")],
    at: Annotated[
        str | None, typer.Option(help="When it was measured, with a zone; now, where it is not given.")
    ] = None,
    json: Json = False,
) -> None:
    """State facts as a person of operations. It is a measurement like any other: a later one stands over it."""
    stated = read_facts(facts)
    measured_at = read_instant(at) if at else None
    said = with_bus(lambda connections: _answer(connections, about, stated, by, measured_at))
    if json:
        print_json(
            {"id": said.id, "subject": said.subject, "facts": said.facts, "taken_at": said.taken_at, "by": said.by}
        )
    else:
        names = ", ".join(said.facts)
        typer.echo(f"{said.id}: {said.by} states {names} of {said.subject}; on {TELEMETRY}")


async def _answer(
    connections: Connections, about: str, facts: dict[str, Any], by: str, measured_at: datetime | None
) -> MeasurementTaken:
    async with connections.engine.connect() as connection:
        subject = subject_of(about, await awaited.find(connection, about), facts)
        now: datetime = (await connection.execute(text("select clock.now()"))).scalar_one()
    said = stated_by(by, subject, measured_at or now, facts)
    try:
        record = codec.parse_line(TELEMETRY, codec.encode(said))
    except Malformed as wrong:
        raise Misconfigured(str(wrong)) from None
    await connections.bus.publish([record])
    return said


def read_facts(given: Iterable[str]) -> dict[str, Any]:
    """FACT=VALUE as facts. A value that is JSON is what it says, with numbers exact; anything else is text.

    Raises Misconfigured, naming what it cannot read.
    """
    facts: dict[str, Any] = {}
    for word in given:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise Misconfigured(f"{word!r} is no fact: write FACT=VALUE, e.g. status=delivered")
        if name.strip() in facts:
            raise Misconfigured(f"{name.strip()} is given twice: state each fact once")
        facts[name.strip()] = _value(value.strip())
    return facts


def _value(written: str) -> Any:
    try:
        return msgspec.json.Decoder(float_hook=Decimal).decode(written)
    except (msgspec.DecodeError, ArithmeticError, UnicodeError):
        return written


def read_instant(given: str) -> datetime:
    """A moment with its zone. Raises Misconfigured."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise Misconfigured(f"--at {given}: write a moment with its zone, e.g. 2026-03-01T09:00:00Z") from None
    if moment.tzinfo is None:
        raise Misconfigured(f"--at {given} has no zone: write {given}Z for UTC, or an offset such as +01:00")
    return moment


def subject_of(about: str, waiting: Sequence[Waiting], facts: Iterable[str]) -> Subject:
    """What the facts are about: what the complaint that waits is about, or the thing that was named itself.

    Raises Misconfigured where nothing waits under that number, where two sources use it, or where the complaint waits
    for none of these facts: then a name was probably mistyped.
    """
    kind, _, id_ = about.partition("/")
    if not waiting and kind and id_:
        return Subject(kind, id_)
    if not waiting:
        raise Misconfigured(
            f"no verdict on {about!r} waits: `amends evidence list` shows those that do, or name the thing as KIND/ID"
        )
    if len(waiting) > 1:
        subjects = " and ".join(str(one.subject) for one in waiting)
        raise Misconfigured(f"{about} waits under several sources, about {subjects}: name the thing itself")
    (one,) = waiting
    if one.subject is None:
        raise Misconfigured(f"{about} names no subject, so no fact can be about it")
    if one.facts and not set(one.facts) & set(facts):
        raise Misconfigured(
            f"{about} waits for {', '.join(one.facts)}: state one of these, or name the thing ({one.subject}) to state others"
        )
    return one.subject


def stated_by(by: str, subject: Subject, taken_at: datetime, facts: dict[str, Any]) -> MeasurementTaken:
    """The measurement, named after all that it says, so that the same answer is the same measurement."""
    if not by.strip():
        raise Misconfigured("--by is empty: give the name of the person who states it")
    said = MeasurementTaken(id="-", subject=subject, taken_at=taken_at, facts=facts, by=by.strip())
    name = f"amends:answer:{codec.digest(said).hex()}"
    return msgspec.structs.replace(said, id=f"answer-{uuid5(NAMESPACE_URL, name)}")
