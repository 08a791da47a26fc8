"""A letter that failed keeps its bytes, so that staff can send the very same one again; and says who did, and why.

Code that is one release older goes on working: it forgets the bytes of what fails, and such a letter is written anew.
"""

from shared.host.migrate import run_script

revision = "0021"
down_revision = "0020"

SCRIPT = """
alter table notifier.letters
    add column resent int not null default 0,
    add column resent_by text,
    add column resent_why text,
    add column resent_at timestamptz;
comment on column notifier.letters.message is 'The very bytes that every try sends, written before the first one; gone when it has been sent or overtaken.';
comment on column notifier.letters.resent is 'How often staff had it sent again after it had failed; who did so last, why, and when, stands beside.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
