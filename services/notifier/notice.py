"""What a letter to a customer is made of: whom it goes to, what it has to say, and what is on the table."""

from datetime import date
from typing import Literal

from msgspec import Struct

from shared.events import Instant, Option, Outcome, Promise, Question, Subject
from shared.money import Money
from shared.policy.delivery import NoticeKind
from shared.remedy import Remedy
from shared.runtime.decider import Note

Kind = NoticeKind
"""What a letter is for, as the house hears of it."""
Template = Literal["remedy-raised", "handed-over", "clock-missed", "choice-undone", "goodwill-given", "joined"]
"""Letters of a kind that has several: what owed further is a `payment-made`, the others are a `progress`."""
Table = Literal[
    "apology", "options", "input", "final", "agreed", "declined", "settled", "expired", "withdrawn", "joined"
]
"""What lies before the customer: something to answer (the first four), a choice that may still be taken back, or an end."""

OPEN: frozenset[Table] = frozenset({"apology", "options", "input", "final"})
ANSWERS: frozenset[Kind] = frozenset({"apology", "options", "decline", "final-say", "settlement"})
"""Letters that say how a complaint was judged; until one has gone, a payment needs no letter of its own."""
PASSING: frozenset[Kind] = frozenset({"acknowledgement"})
"""Letters that say only that we are at it: whatever is written after one makes it needless, and need not wait for it."""
REPLIES: frozenset[Kind] = frozenset({"acknowledgement", "counter-answer", "settlement"})
"""Letters that answer what the customer has just said; the others come of what happened on our side."""
EMAIL = "email"


class Reader(Struct, frozen=True, omit_defaults=True):
    """Whom a complaint's letters go to, as the CRM described them. `tag` is the language as given, e.g. "pt-BR", and
    `language` the one of the house's that comes nearest. `by_mail` false: no mail is wished; `wish`: the channel that is, as the
    CRM names it.
    """

    language: str
    tag: str
    name: str | None = None
    email: str | None = None
    by_mail: bool = True
    wish: str | None = None
    jurisdiction: str | None = None


class Found(Struct, frozen=True, omit_defaults=True):
    """What was found for one claim of a letter that holds several. `claim` is its name in the policy."""

    claim: str
    promise: Promise
    reasons: tuple[str, ...] = ()
    promised_on: date | None = None
    delivered_on: date | None = None
    days_late: int | None = None


class Facts(Struct, frozen=True, omit_defaults=True):
    """What a letter has to say. `zone` is the time zone in which its dates are meant; `remedy` what is owed in all.

    `paying` is the part of it that is on its way now, `paid_by` when it is there at the latest, `chosen` the option that
    the customer took, `until` the day by which we answer, `expires` the moment until which the customer may. `found`: for
    each claim, where there are several. `ongoing`: the failure has not ended, so that no sum is the whole; `began` and
    `ended` are its own times, where it was measured so. `grave`: it was more than a nuisance, by the letter's own words,
    and `situation` what they told us of themselves, the name of a signal. `unasked`: we came forward before they wrote.
    `repeated`: how often they were let down so before. `asked`: what the customer proposed, and `unmet` why it cannot be
    done. `currency`: in which they may name a sum. `questions` are for the customer alone to answer, until `asked_until`.
    `goodwill` and `contacts`: what the case came to, once it is settled. `limited`: without the limits on goodwill other options would lie there. `jurisdiction`, `body` and `body_at`: whose law
    holds, whom the customer may turn to, and where.

    `first`: the complaint about the same failure that was there before, `standing`, a code, how that stands, and `before` what
    was granted for it, on its way until `before_by` or arrived where there is none.

    Of what we promised: `what` by `due`, done `on`, else seen to by `owner` until `next`; `reason`, a code, says what we are
    at. `given` is what was paid or is late (so many `pieces` of it), `gift` where it is no remedy; `instead_of`
    is the sum that was due, where another was paid, and `was_late` says that we had named an earlier day. `undo_until`: the choice may be taken back.
    """

    subject: Subject | None = None
    promise: Promise | None = None
    outcome: Outcome | None = None
    promised_on: date | None = None
    delivered_on: date | None = None
    days_late: int | None = None
    began: Instant | None = None
    ended: Instant | None = None
    zone: str | None = None
    remedy: Remedy | None = None
    paying: Remedy | None = None
    paid_by: Instant | None = None
    found: tuple[Found, ...] | None = None
    ongoing: bool | None = None
    grave: bool | None = None
    situation: str | None = None
    unasked: bool | None = None
    repeated: int | None = None
    questions: tuple[Question, ...] = ()
    asked_until: Instant | None = None
    options: tuple[Option, ...] = ()
    chosen: Option | None = None
    granted: bool | None = None
    asked: Option | None = None
    unmet: str | None = None
    limited: bool | None = None
    currency: str | None = None
    goodwill: Money | None = None
    contacts: int | None = None
    role: str | None = None
    until: Instant | None = None
    expires: Instant | None = None
    jurisdiction: str | None = None
    body: str | None = None
    body_at: str | None = None
    what: str | None = None
    due: Instant | None = None
    on: Instant | None = None
    owner: str | None = None
    next: Instant | None = None
    reason: str | None = None
    given: Option | None = None
    pieces: Remedy | None = None
    gift: bool | None = None
    instead_of: Money | None = None
    was_late: bool | None = None
    names_body: bool | None = None
    undo_until: Instant | None = None
    first: str | None = None
    standing: str | None = None
    before: Remedy | None = None
    before_by: Instant | None = None


OF_THE_MOMENT = (
    "options", "paying", "expires", "until", "unmet", "limited", "granted", "what", "due", "on", "owner", "next", "reason",
    "given", "pieces", "gift", "instead_of", "was_late", "names_body", "undo_until",
)  # fmt: skip
"""What one turn says, and no later letter."""


class Turn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one event of a case means for the customer: a letter of this `kind`, a page that shows this `table`.

    Without a `table` the page stays as it is; `person` says on it, from now on, that a person has the case. `payout` and
    `part` name the payment that a letter speaks of; `option` is the id of the one that was taken. `template`: by which the
    letter is written, where its kind has several; `about` parts letters of one kind in one round.
    """

    case: str
    complaint: str
    source: str
    at: Instant
    round: int
    severity: int
    facts: Facts
    kind: Kind | None = None
    table: Table | None = None
    person: bool = False
    payout: str | None = None
    part: int = 0
    option: str | None = None
    template: Template | None = None
    about: str | None = None

    @property
    def key(self) -> str:
        """(round, kind), and what it is about, such as a payment: within a case a letter is written once, for ever."""
        return "/".join((str(self.round), str(self.kind), *(part for part in (self.payout, self.about) if part)))


class Letter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One letter to write. `variant` counts what this customer already got of its kind, so that no text comes twice.

    `channel`: by which way it goes; `failed`: why it cannot.
    """

    notice: str
    kind: Kind
    variant: int
    failed: str | None = None
    channel: str = EMAIL


class Written(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a letter's text is made from, besides the house that signs it and the link to the page."""

    kind: Kind
    variant: int
    round: int
    severity: int
    complaint: str
    reader: Reader
    facts: Facts
    part: int = 0
    template: Template | None = None


class Turned(Note, frozen=True, kw_only=True, omit_defaults=True):
    """A case took a turn, and the customer is told: by a letter, on the page, or both. `facts` is the story so far."""

    customer: str
    turn: Turn
    reader: Reader
    facts: Facts
    person: bool = False
    letter: Letter | None = None

    @property
    def written(self) -> Written | None:
        """The letter as it is put into words, where there is one."""
        if self.letter is None:
            return None
        return Written(
            kind=self.letter.kind,
            variant=self.letter.variant,
            round=self.turn.round,
            severity=self.turn.severity,
            complaint=self.turn.complaint,
            reader=self.reader,
            facts=self.facts,
            part=self.turn.part,
            template=self.turn.template,
        )
