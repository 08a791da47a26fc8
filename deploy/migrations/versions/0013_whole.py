"""What is only ever read whole is kept as it was written: taking JSON apart and packing it small cost more than all else.

Code that is one release older goes on working: what it casts to jsonb is cast back to text when it is stored.
"""

from shared.host.migrate import run_script

revision = "0013"
down_revision = "0012"

SERVICES = ("intake", "verifier", "offer", "notifier")

# Up to 8 KB lie in the row itself, as they came: a document is written anew with each event of its customer.
DOCUMENTS = """
alter table {service}.documents alter column state type text using cast(state as text);
alter table {service}.documents alter column state set storage external;
alter table {service}.documents set (toast_tuple_target = 8160);
comment on column {service}.documents.state is 'JSON, as the flow wrote it; to look into it, cast it to jsonb.';
"""

LETTERS = """
alter table notifier.letters alter column says type text using cast(says as text);
alter table notifier.letters set (toast_tuple_target = 8160);
alter table notifier.pages alter column says type text using cast(says as text),
    alter column options type text using cast(options as text);
"""


def upgrade() -> None:
    for service in SERVICES:
        run_script(DOCUMENTS.format(service=service))
    run_script(LETTERS)
