"""That operations were told of many similar complaints, so that they are told once."""

from shared.host.migrate import run_script

revision = "0010"
down_revision = "0009"

SCRIPT = """
create table verifier.suspicions (
    kind text collate "C",
    subject text collate "C",
    received_at timestamptz,
    kept_at timestamptz not null default clock.now(),
    primary key (kind, subject, received_at)
);
create index suspicions_by_age on verifier.suspicions using brin (kept_at) with (pages_per_range = 32, autosummarize = on);
comment on table verifier.suspicions is 'Operations were told that many say the same of this; received_at is that of the complaint that tipped it.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
