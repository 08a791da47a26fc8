"""`amends topics`: make the topics of deploy/topics.yaml, on either bus."""

import typer

from services.cli.connected import with_bus
from services.cli.output import Json, print_json, print_rows
from shared.bus.seam import Partition
from shared.bus.topics import ensure_topics, load_topics
from shared.host.connections import Connections
from shared.host.settings import CHECKOUT

TOPICS = CHECKOUT / "deploy" / "topics.yaml"


def register(app: typer.Typer) -> None:
    """Add `topics ensure` and `topics list`."""
    topics = typer.Typer(help="The topics of the road.", no_args_is_help=True)
    app.add_typer(topics, name="topics")

    @topics.command()
    def ensure(json: Json = False) -> None:
        """Create the topics that are missing; an existing one with another number of partitions is refused."""

        async def work(connections: Connections) -> list[str]:
            return await ensure_topics(connections.bus, TOPICS)

        made = with_bus(work)
        print_json({"created": made}) if json else typer.echo(f"created {', '.join(made)}" if made else "all are there")

    @topics.command(name="list")
    def list_(json: Json = False) -> None:
        """Each topic with its partitions and how many records it holds."""

        async def work(connections: Connections) -> list[dict[str, object]]:
            return [await _describe(connections, topic) for topic in load_topics(TOPICS)]

        print_rows(with_bus(work), ("topic", "partitions", "records"), as_json=json, empty="no topics")


async def _describe(connections: Connections, topic: str) -> dict[str, object]:
    count = await connections.bus.partitions(topic)
    ends = await connections.bus.ends([Partition(topic, number) for number in range(count)])
    return {"topic": topic, "partitions": count, "records": sum(end.end - end.begin for end in ends.values())}
