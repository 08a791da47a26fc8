"""What customers said to our questions, on the page where they were asked."""

from shared.host.migrate import run_script

revision = "0011"
down_revision = "0010"

SCRIPT = """
alter table notifier.pages add column told uuid, add column told_at timestamptz;
comment on column notifier.pages.told is 'The event of what the customer said to our questions, which they answer once.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
