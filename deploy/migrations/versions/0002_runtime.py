"""What every service needs to run its flows: a schema of its own, with the same seven tables in each."""

from shared.host.migrate import run_script

revision = "0002"
down_revision = "0001"

SERVICES = ("intake", "verifier", "offer", "notifier")

SCRIPT = """
create schema {service};

create table {service}.flows (
    flow text collate "C" primary key,
    state text not null default 'running' check (state in ('running', 'paused', 'flooded', 'outside_log')),
    reason text not null default '',
    by text not null,
    since timestamptz not null,
    forgiven bigint not null default 0
);
comment on column {service}.flows.forgiven is 'Dead letters up to this number no longer count towards a flood.';

create table {service}.positions (
    flow text collate "C",
    topic text collate "C",
    partition int,
    next bigint not null,
    primary key (flow, topic, partition)
) with (fillfactor = 50);
comment on table {service}.positions is 'Where each flow goes on. Moved in the transaction that holds what the records led to: this row is the fence.';

-- Not partitioned by day: a unique index would have to contain the day, and yesterday's duplicate would pass.
create table {service}.inbox (
    flow text collate "C",
    id uuid,
    digest bytea,
    at timestamptz not null,
    primary key (flow, id)
);
create index inbox_by_age on {service}.inbox using brin (at) with (pages_per_range = 32, autosummarize = on);
comment on column {service}.inbox.digest is 'Of the event as read, for flows whose topics others write: known id with other content is a conflict.';

create table {service}.documents (
    flow text collate "C",
    key text collate "C",
    version int,
    state jsonb,
    primary key (flow, key)
) with (fillfactor = 60);
comment on table {service}.documents is 'What each flow remembers about a customer. Never deleted by the road; without a state it is a row to lock.';

create table {service}.outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    partition int,
    key bytea not null,
    value bytea not null,
    event uuid not null,
    type text not null,
    at timestamptz not null
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02);
-- These bytes live for milliseconds: not worth the work of compressing them.
alter table {service}.outbox alter column value set storage external;
comment on column {service}.outbox.at is 'When the event entered the road: the record''s timestamp and its ce_time.';

create table {service}.timers (
    flow text collate "C",
    customer text collate "C",
    "case" text collate "C",
    name text collate "C",
    due timestamptz not null,
    event uuid not null,
    primary key (flow, customer, "case", name)
) with (autovacuum_vacuum_scale_factor = 0.02);
create index timers_by_due on {service}.timers (due);

create table {service}.dead_letters (
    flow text collate "C",
    number bigint generated always as identity,
    kind text not null check (kind in ('malformed', 'too_large', 'conflict', 'bug', 'refused')),
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    key bytea,
    value bytea,
    headers bytea not null,
    record_at timestamptz not null,
    reason text not null,
    size bigint not null,
    digest text not null,
    mark bigint not null,
    at timestamptz not null,
    state text not null default 'waiting' check (state in ('waiting', 'retried', 'discarded')),
    by text,
    ended_at timestamptz,
    primary key (flow, number)
);
create index dead_letters_by_mark on {service}.dead_letters (flow, mark) where kind in ('bug', 'refused');
comment on column {service}.dead_letters.mark is 'How many records the flow had moved past: a flood is many of these close together.';
"""


def upgrade() -> None:
    for service in SERVICES:
        run_script(SCRIPT.format(service=service))
