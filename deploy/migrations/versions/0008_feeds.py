"""How far each feed has been read: a status page, a monitor, whatever else operations listen to."""

from shared.host.migrate import run_script

revision = "0008"
down_revision = "0007"

SCRIPT = """
create schema feeds;

create table feeds.cursors (
    feed text collate "C" primary key,
    meaning text not null default '',
    cursor jsonb not null default '{}',
    version bigint not null default 0,
    polled_at timestamptz,
    problem text not null default '',
    failed_at timestamptz
) with (fillfactor = 70);
comment on table feeds.cursors is 'Where each feed goes on; written after what was read is on the topic.';
comment on column feeds.cursors.meaning is 'Of the feed as the file described it: under another description it is read from the beginning.';
comment on column feeds.cursors.version is 'Counts the polls: of two processes that read one feed, the later to write gives way.';
comment on column feeds.cursors.problem is 'What has been wrong since polled_at, in one line; empty while all is well.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
