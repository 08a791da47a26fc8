"""What is sent is written down before the first try, in order; and there is a switch that stops all sending."""

from shared.host.migrate import run_script

revision = "0016"
down_revision = "0015"

SCRIPT = """
alter table notifier.letters
    add column message bytea,
    add column message_id text,
    add column first_at timestamptz,
    drop constraint letters_state_check,
    add constraint letters_state_check check (state in ('waiting', 'sent', 'failed', 'shadow', 'overtaken'));
comment on column notifier.letters.message is 'The very bytes that every try sends, written before the first one; gone when it has ended.';
comment on column notifier.letters.first_at is 'When it was first about to be sent; how long it is tried counts from here.';
create index letters_due on notifier.letters (channel, next_at, number) where state = 'waiting';
create index letters_queue on notifier.letters ("case", number) where state = 'waiting';

create table notifier.switches (
    channel text primary key,
    paused boolean not null,
    by text not null,
    reason text not null,
    since timestamptz not null
);
comment on table notifier.switches is 'What may go out: a row for all channels (all), and for each one that was ever stopped.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
