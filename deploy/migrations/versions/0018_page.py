"""The links in letters: which case each one opens, one for each round, and no longer than that is in hand. And that a
customer has said how well it was put right, which they are asked once."""

from shared.host.migrate import run_script

revision = "0018"
down_revision = "0017"

SCRIPT = """
create table notifier.tokens (
    digest bytea primary key,
    "case" text collate "C" not null,
    round int not null,
    at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
);
create index tokens_in_hand on notifier.tokens ("case") where revoked_at is null;
comment on table notifier.tokens is 'The links in letters: SHA-256 of the token, never the token itself.';
comment on column notifier.tokens.used_at is 'When an answer was first given by this link.';
comment on column notifier.tokens.revoked_at is 'When a letter of a later round closed this one.';

alter table notifier.pages add column rated uuid, add column rated_at timestamptz;
comment on column notifier.pages.rated is 'The event in which the customer said how well we put it right.';
comment on column notifier.pages.answer is 'What was last said on the page, in answered_round, as a form names it (option-accepted/call).';
"""


def upgrade() -> None:
    run_script(SCRIPT)
