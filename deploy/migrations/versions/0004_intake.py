"""Every complaint that ever reached intake: known for ever, by its source and its number there."""

from shared.host.migrate import run_script

revision = "0004"
down_revision = "0003"

SCRIPT = """
create table intake.complaints (
    source text collate "C",
    complaint text collate "C",
    customer text not null,
    digest bytea not null,
    state text not null check (state in ('received', 'accepted', 'merged', 'rejected', 'withdrawn')),
    into_source text,
    into_complaint text,
    reason text,
    detail text,
    at timestamptz not null,
    decided_at timestamptz,
    primary key (source, complaint)
) with (fillfactor = 70);
comment on table intake.complaints is 'Never expires: the same number with other content, or from another customer, is a conflict.';
comment on column intake.complaints.digest is 'Of the letter as read: by it a second delivery is told from a conflict.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
