"""When an incident was over, beside what it touched: a complaint is judged with those of the time it speaks of."""

from shared.host.migrate import run_script

revision = "0012"
down_revision = "0011"

SCRIPT = """
alter table verifier.incident_subjects add column resolved_at timestamptz;
update verifier.incident_subjects s set resolved_at = cast(f.value #>> '{}' as timestamptz) from verifier.facts f
where f.kind = 'incident' and f.subject = s.incident and f.fact = 'resolved_at';
comment on column verifier.incident_subjects.resolved_at is 'When it was over; null while it goes on.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
