"""What comes without money is due as well, and everything that is due has a day and somebody who sees to it.

Code that is one release older goes on working: it writes no day and no owner, and nothing without money.
"""

from shared.host.migrate import run_script

revision = "0015"
down_revision = "0014"

SCRIPT = """
alter table offer.payouts alter column amount drop not null, alter column currency drop not null,
    add column due timestamptz, add column owner text;
create index payouts_by_day on offer.payouts (due) where state <> 'paid';
comment on table offer.payouts is 'Everything is given once: one row a key, and what billing said about it (at).';
comment on column offer.payouts.amount is 'Missing where it has no price.';
comment on column offer.payouts.due is 'When it is with the customer at the latest; owner, a role, sees to it.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
