"""What evidence needs beside the facts: what was taken back, when an incident began, who says alike, and who waits."""

from shared.host.migrate import run_script

revision = "0009"
down_revision = "0008"

SCRIPT = """
alter table verifier.facts add column kept_at timestamptz not null default clock.now();
create index facts_by_age on verifier.facts using brin (kept_at) with (pages_per_range = 32, autosummarize = on);
comment on column verifier.facts.kept_at is 'When it came to us; `taken_at` may be years before that. What nobody rests on goes by this.';

create table verifier.withdrawals (
    kind text collate "C",
    subject text collate "C",
    record text collate "C",
    kept_at timestamptz not null default clock.now(),
    primary key (kind, subject, record)
);
create index withdrawals_by_age on verifier.withdrawals using brin (kept_at) with (pages_per_range = 32, autosummarize = on);
comment on table verifier.withdrawals is 'Measurements that were taken back, perhaps before they came: what they say is unknown.';

alter table verifier.incident_subjects
    add column started_at timestamptz, add column withdrawn boolean not null default false;
update verifier.incident_subjects s set started_at = cast(f.value #>> '{}' as timestamptz) from verifier.facts f
where f.kind = 'incident' and f.subject = s.incident and f.fact = 'started_at';
create index incident_subjects_latest on verifier.incident_subjects
    (kind, id, started_at desc nulls last, incident desc) where not withdrawn;
comment on column verifier.incident_subjects.withdrawn is 'Operations took the incident back: it counts for nobody, but those that it touched are told when it comes back.';

alter table verifier.interests
    add column received_at timestamptz, add column speaks_of timestamptz,
    add column claims text[] not null default '{}', add column kept_at timestamptz not null default clock.now();
create index interests_by_time on verifier.interests (kind, subject, received_at);
create index interests_by_age on verifier.interests using brin (kept_at) with (pages_per_range = 32, autosummarize = on);
comment on column verifier.interests.received_at is 'When the complaint was received, so that similar ones of that hour are found; null: kept by an older version.';
comment on column verifier.interests.speaks_of is 'The time that the complaint speaks of: when it happened, where the letter says so, else when it was received.';

create table verifier.awaited (
    source text collate "C",
    complaint text collate "C",
    customer text not null,
    kind text,
    subject text,
    facts text[] not null,
    owner text,
    until timestamptz not null,
    since timestamptz not null,
    primary key (source, complaint)
);
comment on table verifier.awaited is 'Complaints whose verdict waits for facts, and who is to find them; gone with the verdict.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
