"""What is due may be late, and what was paid may not have reached the customer.

Code that is one release older goes on working: it knows neither, and writes neither.
"""

from shared.host.migrate import run_script

revision = "0020"
down_revision = "0019"

SCRIPT = """
alter table offer.payouts drop constraint payouts_state_check,
    add constraint payouts_state_check check (state in ('due', 'late', 'failed', 'paid', 'contested')) not valid;
"""


def upgrade() -> None:
    run_script(SCRIPT)
