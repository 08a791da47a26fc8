"""The bus inside the database: topics, their logs, and the members who read them."""

from shared.host.migrate import run_script

revision = "0003"
down_revision = "0002"

SCRIPT = """
create schema bus;

create table bus.topics (
    topic text collate "C" primary key,
    partitions int not null check (partitions between 1 and 1000),
    retention interval not null,
    append_time boolean not null
);
comment on column bus.topics.append_time is 'Records are stamped when they are appended (what others send), or bring their own time.';

create table bus.heads (
    topic text collate "C" references bus.topics,
    partition int,
    first bigint not null default 0,
    next bigint not null default 0,
    primary key (topic, partition)
) with (fillfactor = 50);
comment on table bus.heads is 'The next offset of each log. Writers lock it until they commit, so offsets appear in order.';

create table bus.log (
    topic text collate "C",
    partition int,
    "offset" bigint,
    key bytea,
    value bytea,
    event uuid,
    type text,
    source text,
    headers bytea,
    at timestamptz not null,
    kept_since timestamptz not null default now(),
    primary key (topic, partition, "offset")
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
-- These bytes are read once or twice and then deleted: not worth the work of compressing them.
alter table bus.log alter column value set storage external;
comment on column bus.log.headers is 'Packed, of what was published; null for what a relay moved: then event, type, source and at say them.';
comment on column bus.log.kept_since is 'The machine''s own time, for retention: a clock that is set ahead must not delete what nobody has read.';

-- Rows of living members only, and worth nothing after a crash: hence no write-ahead log.
create unlogged table bus.members (
    "group" text collate "C",
    member uuid,
    topics text[] not null,
    seen timestamptz not null,
    primary key ("group", member)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- The partition of a key is the same on Apache Kafka: murmur2 with its seed, positive, modulo the count. Only for rows
-- that come without a number; the services' own code gives it where it can.
create function bus.partition_of(key bytea, partitions int) returns int language plpgsql immutable parallel safe as $$
declare
    low constant bigint := 4294967295;
    m constant bigint := 1540483477;
    size constant int := length(key);
    h bigint := 2538058380 # size;
    k bigint;
    i int := 0;
begin
    while i + 4 <= size loop
        -- the brackets matter: PostgreSQL gives << and | the same rank
        k := get_byte(key, i) | (get_byte(key, i + 1) << 8) | (get_byte(key, i + 2) << 16)
            | (get_byte(key, i + 3)::bigint << 24);
        k := (k * m) & low;
        k := ((k # (k >> 24)) * m) & low;
        h := ((h * m) & low) # k;
        i := i + 4;
    end loop;
    if i < size then
        for rest in reverse size - i - 1 .. 0 loop
            h := h # (get_byte(key, i + rest)::bigint << (8 * rest));
        end loop;
        h := (h * m) & low;
    end if;
    h := ((h # (h >> 13)) * m) & low;
    h := h # (h >> 15);
    return (h & 2147483647) % partitions;
end
$$;
"""


def upgrade() -> None:
    run_script(SCRIPT)
