"""What the house gives in a month because it is sorry: one counter a month, currency and slot of partitions."""

from shared.host.migrate import run_script

revision = "0017"
down_revision = "0016"

SCRIPT = """
create table offer.budget (
    month date,
    currency text collate "C",
    slot int,
    amount numeric not null,
    primary key (month, currency, slot)
) with (fillfactor = 50);
comment on table offer.budget is 'Goodwill that was given, and the dearest of what may still be taken; summed without locks.';
comment on column offer.budget.month is 'Its first day, in the zone of the policy''s budget.';
comment on column offer.budget.slot is 'Of the partition that brought it, so that those who write do not wait for each other.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
