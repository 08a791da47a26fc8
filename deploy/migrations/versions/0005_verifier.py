"""What operations told the verifier, and which complaints rest on it."""

from shared.host.migrate import run_script

revision = "0005"
down_revision = "0004"

SCRIPT = """
create table verifier.subjects (
    kind text collate "C",
    id text collate "C",
    primary key (kind, id)
);
comment on table verifier.subjects is 'Rows to lock: a complaint and its evidence meet here, shared to judge, exclusive to store.';

create table verifier.facts (
    kind text collate "C",
    subject text collate "C",
    fact text collate "C",
    value jsonb not null,
    taken_at timestamptz not null,
    record text collate "C" not null,
    primary key (kind, subject, fact)
) with (fillfactor = 70);
comment on table verifier.facts is 'The latest word on each fact, with the record that says so. The fields of an incident are facts about it (kind incident).';

create table verifier.interests (
    kind text collate "C",
    subject text collate "C",
    source text collate "C",
    complaint text collate "C",
    customer text not null,
    primary key (kind, subject, source, complaint)
);
comment on table verifier.interests is 'Complaints that rest on a subject; kept after the verdict, since evidence may still come.';

create table verifier.incident_subjects (
    kind text collate "C",
    id text collate "C",
    incident text collate "C",
    primary key (kind, id, incident)
);
create index incident_subjects_by_incident on verifier.incident_subjects (incident);
comment on table verifier.incident_subjects is 'What an incident touches: its service, and the subjects that it lists.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
