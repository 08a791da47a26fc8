"""What can go wrong on the road, drawn once: each failure has one name, and the name says what happens to the offset.

AmendsError
├── Malformed       unreadable bytes            → dead letter, the offset moves
├── TooLarge        over the record limit       → refused where it enters
├── Conflict        known id, other content     → dead letter, the offset moves, the first one stands
├── Unavailable     the world has a bad day     → the same batch again, nothing is lost
├── Fenced          the position has moved      → the batch is dropped, its partitions go back to their rows
├── FlowStopped     the flow waits for a person
│   ├── Flooded     too many dead letters       → `amends flows resume`
│   └── OutsideLog  a position outside the log  → `amends flows resume --from …`
└── Misconfigured   wrong setting or policy     → exit at start, one line
"""


class AmendsError(Exception):
    """Everything that Amends itself raises; the text names the setting or the record, and the fix."""


class Malformed(AmendsError):
    """These bytes are no event that Amends can read; the text is a reason that a person understands."""


class TooLarge(AmendsError):
    """The value is over the record limit; the text names the limit."""


class Conflict(AmendsError):
    """This id is known with other content, and the first one stands; the text names the id and where it came from.

    The one thing that a decider may raise: the fold makes a dead letter of kind `conflict` of it (no bug, so it does
    not count towards `Flooded`) and leaves the state untouched. What the business refuses is an event, never this.
    """


class Unavailable(AmendsError):
    """PostgreSQL or Kafka cannot answer now; trying again later is right, and nothing has been lost."""


class Fenced(AmendsError):
    """Another member has moved this position; what was done since is dropped."""


class FlowStopped(AmendsError):
    """The flow has stopped on purpose and waits for a person; its backlog waits with it."""


class Flooded(FlowStopped):
    """Too many of the flow's last records became dead letters."""


class OutsideLog(FlowStopped):
    """The flow's position lies outside the log: the log was cut or the topic made anew."""


class Misconfigured(AmendsError):
    """A setting or a policy file is wrong; the text names file, line and fix."""
