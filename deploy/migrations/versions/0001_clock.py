"""The one clock: everything that asks for the time asks clock.now()."""

from shared.host.migrate import run_script

revision = "0001"
down_revision = None

SCRIPT = """
create schema clock;

create table clock.manual (instant timestamptz not null);
create unique index manual_has_one_row on clock.manual ((true));
comment on table clock.manual is 'The instant at which time stands, for rehearsals; empty: time goes on.';

-- Stable, although time goes on: within one statement one instant is enough, and only a stable function lets an index
-- serve "due <= clock.now()".
create function clock.now() returns timestamptz language sql stable parallel safe as $$
    select coalesce((select instant from clock.manual), clock_timestamp())
$$;
comment on function clock.now() is 'The time, for everything on the road: nothing else asks for it.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
