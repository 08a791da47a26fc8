"""What the notifier keeps: every letter once for ever, and what lies before each customer on their page."""

from shared.host.migrate import run_script

revision = "0007"
down_revision = "0006"

SCRIPT = """
create table notifier.letters (
    notice text collate "C" primary key,
    number bigint not null generated always as identity,
    customer text collate "C" not null,
    "case" text collate "C" not null,
    complaint text not null,
    source text not null,
    round int not null,
    severity int not null,
    kind text not null,
    channel text not null,
    language text not null,
    recipient text,
    says jsonb not null,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed', 'shadow')),
    reason text,
    attempts int not null default 0,
    at timestamptz not null,
    next_at timestamptz not null,
    ended_at timestamptz,
    subject text,
    body text,
    digest bytea
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index letters_waiting on notifier.letters (next_at, number) where state = 'waiting';
create index letters_by_case on notifier.letters ("case", number);
comment on table notifier.letters is 'Each letter once, for ever: notice is <case>/<round>/<kind>, and for a payment its key too.';
comment on column notifier.letters.says is 'What the letter has to say: the text is made from it, with the house and the link.';
comment on column notifier.letters.digest is 'SHA-256 of the message as it went out.';

create table notifier.pages (
    "case" text collate "C" primary key,
    customer text collate "C" not null,
    complaint text not null,
    source text not null,
    severity int not null,
    round int not null,
    state text,
    person boolean not null,
    options jsonb,
    expires timestamptz,
    says jsonb not null,
    at timestamptz not null,
    answered_round int,
    answer text,
    answer_event uuid,
    answered_at timestamptz
) with (fillfactor = 70);
comment on table notifier.pages is 'What lies before the customer of a case; the link in a letter leads to this row.';
comment on column notifier.pages.state is 'Which letter the page goes with: apology, options, … or an end; none yet: only the story is shown.';
comment on column notifier.pages.answer is 'What was last said on the page, in answered_round, until the offer says what follows.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
