"""Cases as people look them up: how each stands, everything that happened in it, and every sum that became due."""

from shared.host.migrate import run_script

revision = "0006"
down_revision = "0005"

SCRIPT = """
create table offer.cases (
    "case" text collate "C" primary key,
    customer text not null,
    complaint text not null,
    source text not null,
    subject text,
    state text not null,
    why text,
    waiting boolean not null generated always as (why is not null) stored,
    round int not null,
    severity int not null,
    contacts int not null,
    outcome text not null,
    promise text not null,
    sums json not null,
    reserve json not null,
    opened_at timestamptz,
    updated_at timestamptz not null
) with (fillfactor = 70);
create index cases_by_complaint on offer.cases (complaint);
create index cases_by_opening on offer.cases (opened_at desc nulls last);
create index cases_that_wait on offer.cases (opened_at desc nulls last) where waiting;
comment on table offer.cases is 'What the documents say, for people: no decision reads it.';
comment on column offer.cases.why is 'Why it waits for a person; a closed case may wait, too.';
comment on column offer.cases.sums is 'Owed, set off, granted as remedy, given as goodwill: those that are known.';
comment on column offer.cases.reserve is 'Options that fit and were not shown yet, best first.';

-- A row for each event that was heard, with what was answered in it: a sixth of the rows, a quarter of the time. Only
-- whole timelines are read, so json is kept as it came.
create table offer.timeline (
    n bigint generated always as identity,
    "case" text collate "C",
    id uuid,
    customer text not null,
    at timestamptz not null,
    moments json not null,
    primary key ("case", id)
);
comment on table offer.timeline is 'What was heard and answered in a case, in order (n), without the customer''s own words.';
comment on column offer.timeline.id is 'Of the event that was heard: it is told once, however often it comes.';
comment on column offer.timeline.customer is 'Who said it: a stray word of somebody else names the case, and is not shown in it.';

create table offer.payouts (
    key text collate "C" primary key,
    "case" text collate "C" not null,
    customer text not null,
    ledger text not null check (ledger in ('remedy', 'goodwill')),
    form text not null,
    amount numeric not null,
    currency text not null,
    state text not null check (state in ('due', 'paid', 'failed')),
    at timestamptz not null
) with (fillfactor = 80);
create index payouts_by_case on offer.payouts ("case");
comment on table offer.payouts is 'Money moves once: one row a key, and what billing said about it (at).';
"""


def upgrade() -> None:
    run_script(SCRIPT)
