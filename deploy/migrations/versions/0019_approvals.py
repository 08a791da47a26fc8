"""What waits for somebody's yes or no, and by what a case is alike to others.

Code that is one release older goes on working, and leaves the new columns as they are.
"""

from shared.host.migrate import run_script

revision = "0019"
down_revision = "0018"

SCRIPT = """
create table offer.approvals (
    id text collate "C" primary key,
    "case" text collate "C" not null,
    customer text not null,
    kind text not null check (kind in ('wish', 'amendment', 'gift')),
    option json not null,
    first text not null,
    level text not null,
    asked_at timestamptz not null,
    due timestamptz not null,
    late boolean not null,
    asked_by text,
    yes json not null,
    reasons json not null,
    limits json not null,
    ended text check (ended in ('given', 'denied', 'amended', 'overtaken'))
) with (fillfactor = 70);
create index approvals_that_wait on offer.approvals (due) where ended is null;
create index approvals_by_case on offer.approvals ("case");
comment on table offer.approvals is 'What the documents say of it, for people: no decision reads it.';
comment on column offer.approvals.first is 'The lowest level that may decide; level is the one that is asked now.';
comment on column offer.approvals.yes is 'Who has agreed, where it takes two.';

alter table offer.cases add column incident text, add column schedule text;
create index cases_of_incident on offer.cases (incident) where incident is not null;
create index cases_alike on offer.cases (schedule, severity, opened_at) where schedule is not null;
comment on column offer.cases.schedule is 'What it was judged by; it stays when the case is closed.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
