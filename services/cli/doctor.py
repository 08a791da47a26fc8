"""`amends doctor`: looks at everything that the road stands on, and says what is wrong and what to do."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable

import msgspec
import typer
from rich.text import Text
from sqlalchemy import text

from services.cli.flows import SERVICE_OF
from services.cli.output import Json, paper, print_json
from services.notifier.sending import switches
from services.notifier.sending.smtp import server_at
from services.notifier.sending.webhooks import Forbidden, WebhookMail
from shared.bus.kafka import KafkaBus
from shared.bus.topics import load_topics
from shared.errors import AmendsError, Misconfigured
from shared.events import CRM, TELEMETRY
from shared.host.connections import Connections, connect
from shared.host.migrate import current_revision, head_revision
from shared.host.settings import CHECKOUT, Settings, read_settings
from shared.policy.load import load_policy
from shared.runtime import dead_letters, flows

FREE_BYTES = 1_000_000_000


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at; `said` holds the fix where it is not `ok`."""

    what: str
    ok: bool
    said: str


Check = Callable[[Connections], Awaitable[str]]


def register(app: typer.Typer) -> None:
    """Add `doctor`."""

    @app.command()
    def doctor(json: Json = False) -> None:
        """Check settings, policy, database, bus, topics, flows, dead letters, mail and disk. Exit code 1 if any is wrong."""
        findings = asyncio.run(_examine(read_settings()))
        print_json(findings) if json else _print(findings)
        if not all(finding.ok for finding in findings):
            sys.exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    findings = [await _look("policy", lambda: _policy(settings)), await _look("disk", lambda: _disk(settings))]
    try:
        async with connect(settings, "amends doctor") as connections:
            await connections.bus.start()
            try:
                for what, check in CHECKS.items():
                    findings.append(await _look(what, lambda check=check: check(connections)))  # type: ignore[misc]
            finally:
                await connections.bus.stop()
    except AmendsError as wrong:
        findings.append(Finding("database and bus", ok=False, said=str(wrong)))
    return findings


async def _look(what: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, ok=True, said=await check())
    except (AmendsError, OSError) as wrong:
        return Finding(what, ok=False, said=str(wrong))


async def _policy(settings: Settings) -> str:
    policy = load_policy(settings.policy)
    return f"version {policy.version}, {len(policy.schedules)} schedules in force, {len(policy.rounds.menu)} options"


async def _disk(settings: Settings) -> str:
    at = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(at).free
    if free < FREE_BYTES:
        raise Misconfigured(f"only {free / 1e6:,.0f} MB are free at {at}: make room, or set AMENDS_HOME elsewhere")
    return f"{free / 1e9:,.0f} GB are free at AMENDS_HOME"


async def _database(connections: Connections) -> str:
    found = await current_revision(connections.engine)
    if found != head_revision():
        raise Misconfigured(f"revision {found or 'none'} instead of {head_revision()}: run `amends migrate`")
    async with connections.engine.connect() as connection:
        version = await connection.scalar(text("show server_version"))
    return (
        f"PostgreSQL {version}, revision {found}, {'embedded' if connections.settings.embedded_database else 'given'}"
    )


async def _topics(connections: Connections) -> str:
    wanted = load_topics(CHECKOUT / "deploy" / "topics.yaml")
    for topic, spec in wanted.items():
        if (count := await connections.bus.partitions(topic)) != spec.partitions:
            raise Misconfigured(f"{topic} has {count} partitions and deploy/topics.yaml says {spec.partitions}")
    if isinstance(connections.bus, KafkaBus) and (wrong := await connections.bus.stamped_by_sender((CRM, TELEMETRY))):
        raise Misconfigured(
            f"{', '.join(wrong)}: set message.timestamp.type=LogAppendTime, or a sender's clock becomes the road's"
        )
    return f"{len(wanted)} topics on {'Apache Kafka' if connections.settings.kafka else 'the embedded bus'}"


async def _flows(connections: Connections) -> str:
    found = [
        state
        for service in dict.fromkeys(SERVICE_OF.values())
        for state in await flows.list_flows(connections.engine, service)
    ]
    if stopped := [state for state in found if state.state != "running"]:
        state = stopped[0]
        raise Misconfigured(
            f"{state.flow} is {state.state} ({state.reason or state.by}): `amends flows resume {state.flow}`"
        )
    return f"{len(found)} flows run" if found else "none has run here yet: `amends up`"


async def _dead_letters(connections: Connections) -> str:
    waiting = [
        letter.id
        for service in dict.fromkeys(SERVICE_OF.values())
        for letter in await dead_letters.list_all(connections.engine, service)
    ]
    if waiting:
        raise Misconfigured(f"{len(waiting)} wait, the last is {waiting[0]}: `amends dead-letters show {waiting[0]}`")
    return "none waits"


async def _clock(connections: Connections) -> str:
    async with connections.engine.connect() as connection:
        manual = await connection.scalar(text("select instant from clock.manual"))
    return f"stands at {manual.isoformat()} (AMENDS_CLOCK=manual)" if manual else "runs with the database's"


async def _mail(connections: Connections) -> str:
    if stopped := await switches.stopped(connections.engine):
        raise Misconfigured("; ".join(map(switches.sentence, stopped)))
    url = connections.settings.smtp_url
    if not url:
        return f"letters go to {connections.settings.home / 'mail'} (AMENDS_SMTP_URL is not set)"
    server = server_at(url)
    host, port = server["hostname"], server["port"]
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError) as away:
        raise Misconfigured(f"{host}:{port} does not answer ({away}): see AMENDS_SMTP_URL") from None
    return f"{host}:{port} answers"


async def _webhook(connections: Connections) -> str:
    settings = connections.settings
    if not settings.webhook_url:
        return "no notice goes to a CRM (AMENDS_WEBHOOK_URL is not set)"
    mail = WebhookMail(settings.webhook_url, settings.webhook_secret, loopback=settings.webhook_loopback == "yes")
    try:
        return f"notices for the CRM go to {await mail.address()}"
    except Forbidden:
        raise Misconfigured("AMENDS_WEBHOOK_URL leads to an address that is not public: no notice goes there") from None
    except OSError as away:
        raise Misconfigured(f"AMENDS_WEBHOOK_URL leads nowhere ({type(away).__name__}): see the name in it") from None
    finally:
        await mail.stop()


CHECKS: dict[str, Check] = {
    "database": _database,
    "topics": _topics,
    "flows": _flows,
    "dead letters": _dead_letters,
    "clock": _clock,
    "mail": _mail,
    "webhook": _webhook,
}


def _print(findings: list[Finding]) -> None:
    console = paper()
    for finding in findings:
        mark = Text("✓ ", style="green") if finding.ok else Text("✗ ", style="bold red")
        console.print(mark + Text(f"{finding.what:<17}", style="bold") + Text(finding.said))
