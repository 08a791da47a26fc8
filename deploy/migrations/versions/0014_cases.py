"""Cases cost less to keep: their timelines lie there as written, and what is held back is worked out when somebody asks.

Code that is one release older goes on working, and shows nothing as held back meanwhile; the column goes a release later.
"""

from shared.host.migrate import run_script

revision = "0014"
down_revision = "0013"

SCRIPT = """
alter table offer.timeline alter column moments type text using cast(moments as text);
alter table offer.cases alter column reserve set default '[]';
comment on column offer.cases.reserve is 'No longer written: it follows from the document and the menu.';
"""


def upgrade() -> None:
    run_script(SCRIPT)
