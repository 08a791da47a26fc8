"""Every fact that crosses a topic: frozen, in the past tense, flat, and keyed by the customer it concerns.

`at` is time as the road knows it (UTC, microseconds). Inside a value on the wire it is the moment that the decision
stands on; a reader gets the moment at which the record *entered the road* in its place (see `shared.bus.codec`), so
that a deadline never starts in a backlog. All other times are facts that somebody stated, and may be years old.

One complaint is known for ever by (`source`, `complaint`). Sums are `Money`, never a float.
"""

import hashlib
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shared.money import Money
from shared.remedy import Remedy

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Word = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=200_000)]
Instant = Annotated[datetime, Meta(tz=True)]
NEVER = datetime.min.replace(tzinfo=UTC)
"""Stands in `at` until the record has entered the road."""

Outcome = Literal["owed", "owed_in_part", "not_owed", "excluded", "cannot_tell"]
Promise = Literal["kept", "broken", "unknown"]
Ledger = Literal["remedy", "goodwill"]


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all facts share: the customer, and the time at which they entered the road."""

    customer: Id
    at: Instant = NEVER


class Subject(Struct, frozen=True, order=True):
    """What a complaint or a measurement is about: an order, a flight, a line, an account."""

    kind: Id
    id: Id

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


# ── crm.complaints ──────────────────────────────────────────────────────────────────────────────────────────────────


class Contact(Struct, frozen=True, omit_defaults=True):
    """How the customer wishes to be reached; `email: false` means no mail, whatever the address says."""

    channel: Word | None = None
    form_of_address: Word | None = None
    email: bool | None = None


class Person(Struct, frozen=True, omit_defaults=True):
    """The customer as the CRM describes them."""

    id: Id
    name: Word | None = None
    email: Word | None = None
    language: Word | None = None
    tier: Word | None = None
    contact: Contact | None = None


class ComplaintReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One letter, as the CRM sent it. Required: `id`, `customer.id`, `received_at`, and one of `text`, `category`."""

    id: Id
    customer: Person
    received_at: Instant
    subject: Subject | None = None
    category: Word | None = None
    text: Text | None = None
    occurred_at: Instant | None = None
    paid: Money | None = None
    sought: Word | None = None
    channel: Word | None = None
    jurisdiction: Word | None = None
    source: str = ""
    at: Instant = NEVER

    def __post_init__(self) -> None:
        if not (self.text and self.text.strip()) and not self.category:
            raise ValueError("a complaint needs at least one of `text` and `category`")


class WithdrawalReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The customer took complaint `id` back, says the CRM."""

    id: Id
    customer: Id | Person
    withdrawn_at: Instant | None = None
    source: str = ""
    at: Instant = NEVER


class CompensationReceived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something was given elsewhere, says the CRM; it is set off and never paid again."""

    id: Id
    customer: Id | Person
    amount: Money
    complaint: Id | None = None
    subject: Subject | None = None
    form: Word | None = None
    given_at: Instant | None = None
    source: str = ""
    at: Instant = NEVER

    def __post_init__(self) -> None:
        if self.complaint is None and self.subject is None:
            raise ValueError("a compensation names its `complaint` or its `subject`")


# ── ops.telemetry ───────────────────────────────────────────────────────────────────────────────────────────────────


class MeasurementTaken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts about one subject. `facts` holds JSON scalars, lists of them, and lists of small records of them.

    A number with a point is a Decimal. `by`: the member of staff who states it, where no machine does.
    """

    id: Id
    subject: Subject
    taken_at: Instant
    facts: dict[str, Any]
    by: Word | None = None
    source: str = ""
    at: Instant = NEVER


class Affected(Struct, frozen=True, omit_defaults=True):
    """A subject that an incident touched, and whose it is, where operations know that."""

    kind: Id
    id: Id
    customer: Id | None = None


class IncidentReported(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A failure of a service; a later report of the same `id` replaces the fields that it has, null included."""

    id: Id
    service: Id
    severity: Word | UnsetType | None = UNSET
    started_at: Instant | UnsetType | None = UNSET
    resolved_at: Instant | UnsetType | None = UNSET
    updated_at: Instant | None = None
    cause: Word | UnsetType | None = UNSET
    responsible: Word | UnsetType | None = UNSET
    proved: bool | UnsetType | None = UNSET
    summary: Text | UnsetType | None = UNSET
    affects: tuple[Affected, ...] | UnsetType = UNSET
    withdrawn: bool | UnsetType | None = UNSET
    source: str = ""
    at: Instant = NEVER


class MeasurementWithdrawn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Operations take measurement `withdraws` back: what it said is unknown again, unless a later one says it anew."""

    id: Id
    withdraws: Id
    subject: Subject
    reason: Word | None = None
    source: str = ""
    at: Instant = NEVER


# ── amends.complaints ───────────────────────────────────────────────────────────────────────────────────────────────


class AboutComplaint(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A fact about one complaint, known by (`source`, `complaint`)."""

    complaint: Id
    source: str


class ComplaintAccepted(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """The letter counts from now on: the customer's words and address travel on this topic alone.

    `signals`: what its words hint at, by the policy's lists: `danger`, `illness`, `law`, `press`, `distress` and so on.
    They bring a person or another tone, never money. `likely`: what its words seem to claim, where the CRM filed it
    under nothing; a hint for people.
    """

    received_at: Instant
    name: str | None = None
    email: str | None = None
    language: str | None = None
    tier: str | None = None
    contact: Contact | None = None
    subject: Subject | None = None
    category: str | None = None
    text: str | None = None
    occurred_at: Instant | None = None
    paid: Money | None = None
    sought: str | None = None
    channel: str | None = None
    jurisdiction: str | None = None
    signals: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()


class ComplaintMerged(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """A further letter about the same subject within the policy's window; it joins complaint `into` of `into_source`.

    The other fields are those of an accepted letter.
    """

    into: Id
    into_source: str
    received_at: Instant
    language: str | None = None
    category: str | None = None
    text: str | None = None
    occurred_at: Instant | None = None
    signals: tuple[str, ...] = ()


class ComplaintRejected(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """The letter cannot be taken as it is; `reason` is a code, `detail` a sentence for the CRM."""

    reason: str
    detail: str


class ComplaintWithdrawn(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """The customer took the complaint back."""

    withdrawn_at: Instant | None = None


class CompensationRecorded(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Given elsewhere: set off against what is owed, by complaint or by subject."""

    id: Id
    source: str
    amount: Money
    complaint: Id | None = None
    subject: Subject | None = None
    form: str | None = None
    given_at: Instant | None = None


# ── amends.evidence, amends.verdicts ────────────────────────────────────────────────────────────────────────────────


class EvidenceArrived(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """Something changed about a subject that this complaint was judged on; `record` brought it."""

    subject: Subject
    record: str


class EvidenceContinued(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """More complaints rest on what `record` changed than are told at once: the next part of them begins at this one.

    It rests on the first of `subjects`; those about the others follow.
    """

    subjects: tuple[Subject, ...]
    record: str


class RecoveryContinued(Event, frozen=True, kw_only=True, omit_defaults=True):
    """More customers are named by `incident` than the house comes forward to at once: the next part of them begins with this
    one, about `subject`."""

    incident: Id
    subject: Subject


class EvidenceAwaited(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """The verdict waits for `facts` about `subject`, until `until` at the latest; `owner` of the house is to find them.

    `received_at` is the complaint's: for one that is history no case is opened. So is the `jurisdiction`, by which the
    clocks of the law are chosen.
    """

    facts: tuple[str, ...]
    until: Instant
    received_at: Instant | None = None
    subject: Subject | None = None
    jurisdiction: str | None = None
    owner: str | None = None


class Question(Struct, frozen=True, omit_defaults=True):
    """What only the customer can know: the fact's name, what it means, and how it is written (`date`, `money`, …).

    `zone`: the time zone of the promise, in which a moment is meant that is written without one.
    """

    fact: str
    meaning: str
    kind: str
    choices: tuple[str, ...] = ()
    zone: str | None = None


class InformationRequested(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """The verdict needs what only the customer can know; they are asked once, and may answer until `until`."""

    questions: tuple[Question, ...]
    until: Instant
    received_at: Instant | None = None
    subject: Subject | None = None
    jurisdiction: str | None = None


class IncidentSuspected(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """So many similar complaints about one thing within the policy's time, and no incident on file: look at it.

    Under the customer whose complaint tipped it. `similar` may lag behind by the complaints that are being judged at the
    same moment.
    """

    subject: Subject
    claims: tuple[str, ...]
    similar: int
    since: Instant


class Clause(Struct, frozen=True, omit_defaults=True):
    """One clause that was looked at: its result, the facts it read, as text, and the records they came from."""

    name: str
    result: str
    reads: dict[str, str] = {}
    evidence: tuple[str, ...] = ()


class FactRead(Struct, frozen=True, omit_defaults=True):
    """A fact as a verdict read it: its JSON value, and the record that says so ("" for what no record says).

    A number with a point is a decimal text, so that it is read back as it was.
    """

    value: Any
    record: str = ""


class ClaimJudged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The verdict on one claim of a letter that holds several; the fields are those of `VerdictReached`."""

    claims: tuple[str, ...]
    outcome: Outcome
    promise: Promise
    severity: int
    schedule: str
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    missing: tuple[str, ...] = ()
    remedy: Remedy | None = None
    contested: bool = False
    ongoing: bool = False
    judged_as_of: Instant | None = None
    again: Instant | None = None
    as_of: date | None = None
    facts: dict[str, FactRead] = {}
    failure: str | None = None


class VerdictReached(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """What is owed (`outcome`), whether the promise was kept (`promise`), and the working behind both.

    `remedy` is all that is owed under this verdict, before set-off. `ongoing`: the failure had not ended, so that it is
    what is owed so far. `severity` runs from 1 (slight) to 4 (gravest). `lost` is the loss, where one is known.
    `facts`: what the schedule read, as it was read, by the schedule's names; with `judged_as_of`, the moment up to which
    an unknown end had not come, and `as_of`, the date that chose the version, the verdict can be taken again from the
    event alone. `again`: when time alone may change it. `claims`: one verdict for each, where the letter holds several;
    then the fields above are those of the one that decides, with what is owed under all of them. `signals`: those of
    its letters, so that whoever reads the verdict before the letter knows that a person must have it. `concerns`: all that
    its letters claim. `tier`: what the CRM calls the customer, since limits on goodwill may go by it. `failure`: the
    fingerprint of what was judged (hexadecimal), the same for every complaint about one failure, since it is owed once; none
    where nothing says which failure it was. A failure that goes on keeps it.
    """

    outcome: Outcome
    promise: Promise
    severity: int
    schedule: str
    policy: str
    policy_digest: str
    received_at: Instant
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    missing: tuple[str, ...] = ()
    remedy: Remedy | None = None
    contested: bool = False
    ongoing: bool = False
    judged_as_of: Instant | None = None
    again: Instant | None = None
    as_of: date | None = None
    facts: dict[str, FactRead] = {}
    claims: tuple[ClaimJudged, ...] = ()
    subject: Subject | None = None
    category: str | None = None
    paid: Money | None = None
    lost: Money | None = None
    sought: str | None = None
    incident: str | None = None
    signals: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    tier: str | None = None
    jurisdiction: str | None = None
    failure: str | None = None


# ── amends.cases, amends.payouts ────────────────────────────────────────────────────────────────────────────────────


class AboutCase(AboutComplaint, frozen=True, kw_only=True, omit_defaults=True):
    """A fact about one case. `round` counts from 1 what was put to the customer; 0 before anything was.

    `incident`: the failure of a service behind the complaint, where there is one.
    """

    case: str
    round: int = 0
    severity: int = 1
    incident: str | None = None


class CaseOpened(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The house has taken the complaint up; with `awaiting` it looks for evidence until then.

    `answer_by`: by when the customer has an answer, by the clocks that are for this complaint.
    """

    subject: Subject | None = None
    awaiting: Instant | None = None
    answer_by: Instant | None = None


class RemedyGranted(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What is owed is granted and paid by itself. A later part is the difference that a later verdict made.

    `ongoing`: the failure had not ended, so that more may come. `explained`: a letter that goes out with it says so.
    `due`: when it is with the customer at the latest. `failures`: how much of it is for which failure, by its fingerprint,
    since none is owed twice, whichever complaint speaks of it.
    """

    remedy: Remedy
    part: int
    payout: str
    failures: dict[str, Money] = {}
    due: Instant | None = None
    reasons: tuple[str, ...] = ()
    ongoing: bool = False
    explained: bool = False


class ApologyOffered(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Explanation and apology; the customer may answer until `expires`.

    `claims`: what was found for each, where the letter held several; `ongoing`: the remedy is what is owed so far;
    `schedule`: the promise that the verdict went by. `repeated`: so often this customer was let down within the policy's
    time, this one included; 0 where that is not again and again.
    """

    expires: Instant
    promise: Promise
    outcome: Outcome
    repeated: int = 0
    remedy: Remedy | None = None
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    subject: Subject | None = None
    claims: tuple[ClaimJudged, ...] = ()
    ongoing: bool = False
    schedule: str | None = None


class Option(Struct, frozen=True, omit_defaults=True):
    """One thing the customer may choose; `arrives` says in days how soon it is there, `role` who of the house does it,
    where that is said."""

    id: str
    form: str
    amount: Money | None = None
    arrives: int | None = None
    conditions: str | None = None
    role: str | None = None


class OptionsOffered(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Two or three options are on the table until `expires`; in round 1 the apology comes with them.

    `unmet`: why what the customer asked for instead cannot be done, where it was declined just now. `limits`: those on
    goodwill, codes, without which other options would lie there; `balance`: what the house's budget of the month was
    read at; `raised`: what the severity was raised for, codes; `policy` and `policy_digest`: by which all this was chosen.
    `repeated` is as with an apology.
    """

    options: tuple[Option, ...]
    expires: Instant
    promise: Promise = "unknown"
    outcome: Outcome = "cannot_tell"
    remedy: Remedy | None = None
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    subject: Subject | None = None
    claims: tuple[ClaimJudged, ...] = ()
    ongoing: bool = False
    unmet: str | None = None
    schedule: str | None = None
    repeated: int = 0
    limits: tuple[str, ...] = ()
    balance: Money | None = None
    raised: tuple[str, ...] = ()
    policy: str = ""
    policy_digest: str = ""


class InformationInvited(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer is asked what only they can know, until `expires`; what is on file is never asked for."""

    questions: tuple[Question, ...]
    expires: Instant
    subject: Subject | None = None


class InputInvited(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer is asked what would put it right, until `expires`; a sum is meant in `currency`, where that is known."""

    expires: Instant
    currency: str | None = None


class CounterAnswered(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to what the customer asked for: `option` is what they get, exactly as they asked. `asked` is the sum or
    the form that they named, where they named one; their words stay on the topic of answers.

    `reason`: why, or why not, a code. `explained`: a letter that goes out with it says so. `balance`, `raised`, `policy`
    and `policy_digest` are as with options.
    """

    granted: bool
    reason: str
    asked: Option | None = None
    option: Option | None = None
    explained: bool = False
    balance: Money | None = None
    raised: tuple[str, ...] = ()
    policy: str = ""
    policy_digest: str = ""


class ApprovalRequested(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody of role `level` has to say yes or no to `option` until `due`; `reasons`, codes, say why it is theirs.

    `id` names the request for good: it is what an approval answers. Said again under the same one when the level above is
    asked, when one of two people has said yes (`yes`, their names), when one of them would give something else, and when
    nobody above is left (`late`). `first`: the lowest level that may decide. `asked_by`: the member of staff who entered the
    wish, or who wishes to give a `gift`; an `amendment` is what we would offer instead. `limits`: those
    on goodwill that it would pass, codes; `balance`, `raised`, `policy` and `policy_digest` are as with options.
    """

    id: str
    level: str
    due: Instant
    option: Option
    reasons: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    balance: Money | None = None
    raised: tuple[str, ...] = ()
    policy: str = ""
    policy_digest: str = ""
    first: str = ""
    asked_by: str | None = None
    yes: tuple[str, ...] = ()
    kind: Literal["wish", "amendment", "gift"] = "wish"
    late: bool = False


Action = Literal["approve", "deny", "amend", "give", "decline", "stop", "hand_on", "promise", "fulfil", "renew"]
"""What a member of staff can decide."""


class RulingFollowed(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What a member of staff decided is done; `request`: what it answers, where it was asked for. Why, they said themselves."""

    action: Action
    by: str
    role: str
    request: str | None = None


class RulingRefused(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What a member of staff decided is not done: `why`, a code. It was not theirs to decide, or came too late."""

    action: Action
    by: str
    role: str
    why: str
    request: str | None = None


class GoodwillGiven(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody of the house gives `option` because we are sorry, without having been asked for it in these words.

    `limits`: those on goodwill that it passes, codes, which a person may; `balance`, `raised`, `policy` and
    `policy_digest` are as with options.
    """

    option: Option
    role: str
    limits: tuple[str, ...] = ()
    balance: Money | None = None
    raised: tuple[str, ...] = ()
    policy: str = ""
    policy_digest: str = ""


APPROVAL = "approval"
"""Why a person has the case where it is only theirs to say yes or no to a wish; nobody looks after it for all else."""


class HandedOver(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """A person takes over: `to` a role of the house, `why` a code."""

    to: str
    why: str


class FinalSayGiven(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The rounds are over; `role` signs, and the door to a person stays open. What was shown stands until `expires`.

    `unmet`: why what the customer asked for cannot be done, where it was declined just now.
    """

    role: str
    expires: Instant | None = None
    unmet: str | None = None


NOT_PROVIDED = "not-provided"
"""The reason where a letter claims what the house never promised."""


class ClaimDeclined(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The promise was kept, and the measurement shows it; or, by its `reason`, there never was such a promise.

    `contradicted`: so many claims of this customer measurements contradict within the policy's time, this one included; 0
    where that is not again and again. Nothing else that is written to them may say so.
    """

    reason: str
    clauses: tuple[Clause, ...] = ()
    subject: Subject | None = None
    claims: tuple[ClaimJudged, ...] = ()
    schedule: str | None = None
    contradicted: int = 0


class CaseSettled(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer is content: with `option`, or with the apology as it is (none). `explained`: another letter says so.

    What it took, so that whoever asks how well it was put right need not look it up: the sums that became due on each
    ledger, and how many letters it was (`contacts`)."""

    option: str | None = None
    explained: bool = False
    remedy: Money | None = None
    goodwill: Money | None = None
    contacts: int = 1


class ChoiceNoted(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer is content: with `option`, which gives them `gift`, or with the apology as it is (none).

    Nothing is due before `until`, and until then the choice may be taken back; where it is missing, all is on its way.
    `ongoing`: the case stays open until the thing is no longer broken. `explained`: another letter says so.
    """

    option: str | None = None
    gift: Option | None = None
    until: Instant | None = None
    ongoing: bool = False
    explained: bool = False


class ChoiceUndone(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer took a choice back in time: `table` lies before them again, with its `options`, until `expires`."""

    table: str
    options: tuple[Option, ...] = ()
    expires: Instant


class CaseExpired(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """No answer came in time; what is owed stays paid."""


class ClockMissed(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """A clock that the house or a regulator set ran out: `rung` of the pack `clock` was due at `due`; `to` looks after it now.

    `owed`: `acknowledgement`, `answer` or `final-answer`, within a time that began at `since`. `next`: by when the customer
    hears from us instead. `body`: whom the customer may turn to, where the rung says so, and `body_at` the address.
    `met`: it has been done by now, late; this is for those who count, and asks for no letter of its own.
    """

    clock: str
    rung: str
    due: Instant
    to: str
    owed: str = "answer"
    since: Instant | None = None
    next: Instant | None = None
    body: str | None = None
    body_at: str | None = None
    met: Instant | None = None
    subject: Subject | None = None


class ProgressReported(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """We are still at it: why, a code (`evidence-awaited`, `with-a-person`), and when the customer hears from us `next` at
    the latest. `rung`: of this clock, which is soon over."""

    reason: str
    next: Instant
    owner: str | None = None
    rung: str | None = None
    subject: Subject | None = None


class PromiseMade(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Something was promised with a date, by a letter or by a person: `promised` names it in the case for good, `what` is a
    code of the policy's, or what a person wrote down that they promised; `owner` sees to it."""

    promised: str
    what: str
    due: Instant
    owner: str


class PromiseKept(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What was promised is done: `on`, by the word of `by`."""

    promised: str
    what: str
    on: Instant
    by: str | None = None


class PromiseMissed(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What was promised for `due` was not done: a new failure of the same case, with an apology of its own. `owner` sees
    to it that it is done by `next`."""

    promised: str
    what: str
    due: Instant
    owner: str
    next: Instant


class PaymentMade(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What was due under `key` has reached the customer, says billing or whoever fulfils it.

    `instead_of`: what was due, where another sum was paid; then a person sees to it. `late`: they had been told that it was.
    """

    key: str
    ledger: Ledger
    form: str
    amount: Money | None = None
    quantity: int | None = None
    instead_of: Money | None = None
    late: bool = False


class PaymentDelayed(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What was due under `key` is not with the customer by the day that we named; a person sees to it until `next`."""

    key: str
    ledger: Ledger
    form: str
    due: Instant
    next: Instant
    owner: str
    amount: Money | None = None
    quantity: int | None = None


class RepeatFailureFound(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """So many verified failures of one subject of one customer within the policy's time: operations should look at it."""

    subject: Subject
    failures: int
    since: Instant


class CaseJoined(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The same failure was complained of before, and is owed once: this complaint joins that one.

    `into` is its case, `first` its complaint's number, `standing` how it stands (a code: `open`, `with-a-person`,
    `final-say`, `closed`). `granted`: what was granted there for this failure, on its way until `due`, arrived where there
    is none; `remedy`: what is granted now beyond it. The rest is as with an apology. `explained`: another letter says so.
    """

    into: str
    first: Id
    standing: str
    granted: Remedy | None = None
    due: Instant | None = None
    remedy: Remedy | None = None
    promise: Promise = "broken"
    outcome: Outcome = "owed"
    reasons: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    subject: Subject | None = None
    ongoing: bool = False
    schedule: str | None = None
    explained: bool = False


class CaseWithdrawn(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """The customer took the complaint back; what was granted stays paid."""


class PayoutDue(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """Money moves once: `key` is <case>/<ledger>/<option or ->/<part, from 1>. What comes without money is due like it.

    In kind, `amount` is what it is worth, `quantity` how many, and `equal` the forms that count as the same; what has no
    price has no `amount`. `due`: when it is with the customer at the latest; `owner`, a role, sees to it.
    """

    key: str
    ledger: Ledger
    form: str
    reference: str
    amount: Money | None = None
    quantity: int | None = None
    equal: tuple[str, ...] = ()
    due: Instant | None = None
    owner: str | None = None


class PayoutCompleted(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Billing paid `key`."""

    customer: str = ""
    key: Id
    amount: Money | None = None
    reason: str | None = None


class PayoutFailed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Billing could not pay `key`."""

    customer: str = ""
    key: Id
    amount: Money | None = None
    reason: str | None = None


class PayoutUnrecognised(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Billing speaks of `key`, and the customer that it names has no such case: `to`, a role, finds out whose money it is.

    `paid`: it says that the key was paid; else that it could not be.
    """

    key: Id
    to: str
    paid: bool
    amount: Money | None = None


# ── amends.answers ──────────────────────────────────────────────────────────────────────────────────────────────────


CUSTOMER = "customer"


class Answer(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """What the customer, or staff for them, says back to `round`; `by` is "customer" or the name of a member of staff."""

    by: str = CUSTOMER


class ApologyAccepted(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """Content with round one as it is; `text`: what they would like us to know besides."""

    text: Text | None = None


class OptionAccepted(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """This option, please; `text`: what they would like us to know besides."""

    option: str
    text: Text | None = None


class OptionsRejected(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal, in any round, of a bare apology too."""

    reason: Text | None = None


class CounterOffered(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """What would put it right, in the customer's own words, with an amount or a form where they gave one."""

    text: Text | None = None
    amount: Money | None = None
    form: Word | None = None


class QuestionAsked(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """A question is not a refusal."""

    text: Text | None = None


class PersonAskedFor(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """The customer wants to speak with somebody."""

    text: Text | None = None


class AnswerUndone(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """The customer has thought again, and takes their choice back."""


class SatisfactionRated(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """How well we put it right, from 1 to 5, with what the case had come to by then."""

    score: Annotated[int, Meta(ge=1, le=5)]
    text: Text | None = None
    remedy: Money | None = None
    goodwill: Money | None = None
    contacts: int = 1


class Ruling(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """What a member of staff decides: `by` is their name, `role` the one they act in, `reason` why, in their own words."""

    role: Word
    reason: Text


class ApprovalGiven(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """Yes to the request `id`, as it stands."""

    id: Id


class ApprovalDenied(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """No to the request `id`."""

    id: Id


class ApprovalAmended(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """Not what request `id` asks for, but this: a new offer, which waits for the customer's yes."""

    id: Id
    amount: Money | None = None
    form: Word | None = None


class CaseOverruled(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody with the role decides otherwise than the rules: `give` this, `decline`, `stop` the rounds, or `hand_on` to
    another role. What is owed is theirs to raise and nobody's to lower."""

    action: Literal["give", "decline", "stop", "hand_on"]
    amount: Money | None = None
    form: Word | None = None
    to: Word | None = None


class PromiseGiven(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """A person has promised the customer `what` by `due`, on the phone or in a letter of their own."""

    what: Word
    due: Instant


class PromiseFulfilled(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """What was `promised` is done: a person's word by its name, or what was granted without money by its key."""

    promised: Id


class PayoutRenewed(Ruling, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody has put right why `key` could not be paid, or was not: the same key is due once more."""

    key: Id


class FulfilmentContested(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """The customer says that what we call paid has not reached them."""

    key: Id


class InformationGiven(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """What the customer says about what only they can know: by fact, as it was written."""

    facts: dict[str, Word]


# ── amends.notices, amends.timers, amends.dead-letters ──────────────────────────────────────────────────────────────


class NoticeSent(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """A message reached the channel; `notice` is its key, `kind` what it was for."""

    notice: str
    kind: str
    channel: str
    language: str


OVERTAKEN = "overtaken"


class NoticeFailed(AboutCase, frozen=True, kw_only=True, omit_defaults=True):
    """A message could not be delivered, and why; `overtaken`: a later one has made it needless, and nobody need call."""

    notice: str
    kind: str
    channel: str
    language: str
    reason: str


class TimerFired(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A moment that `flow` asked for has come."""

    flow: str
    case: str
    name: str
    due: Instant


class DeadLetterAdded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record could not be read or decided. The bytes stay in the table; this says where and why."""

    flow: str
    number: int
    kind: Literal["malformed", "too_large", "conflict", "bug", "refused"]
    topic: str
    partition: int
    offset: int
    reason: str
    size: int
    digest: str
    at: Instant = NEVER


_CASES: Any = hashlib.sha1(NAMESPACE_URL.bytes + b"amends:case:", usedforsecurity=False)


@lru_cache(10_000)
def case_id(source: str, complaint: str) -> str:
    """The case of a complaint: derived, so that a verdict and a complaint open the same one in either order."""
    named = _CASES.copy()
    named.update(f"{source}\n{complaint}".encode())
    return str(UUID(bytes=named.digest()[:16], version=5))


Inbound = (
    ComplaintReceived
    | WithdrawalReceived
    | CompensationReceived
    | MeasurementTaken
    | MeasurementWithdrawn
    | IncidentReported
)
AnyEvent = Event | Inbound | DeadLetterAdded

CRM, TELEMETRY, COMPLAINTS, EVIDENCE, VERDICTS, CASES, PAYOUTS, ANSWERS, NOTICES, TIMERS, DEAD_LETTERS = TOPICS = (
    "crm.complaints.v1",
    "ops.telemetry.v1",
    "amends.complaints.v1",
    "amends.evidence.v1",
    "amends.verdicts.v1",
    "amends.cases.v1",
    "amends.payouts.v1",
    "amends.answers.v1",
    "amends.notices.v1",
    "amends.timers.v1",
    "amends.dead-letters.v1",
)

WIRE: dict[type[AnyEvent], tuple[str, str]] = {
    ComplaintReceived: ("crm.complaint-received.v1", CRM),
    WithdrawalReceived: ("crm.complaint-withdrawn.v1", CRM),
    CompensationReceived: ("crm.compensation-recorded.v1", CRM),
    MeasurementTaken: ("ops.measurement-taken.v1", TELEMETRY),
    MeasurementWithdrawn: ("ops.measurement-withdrawn.v1", TELEMETRY),
    IncidentReported: ("ops.incident-reported.v1", TELEMETRY),
    ComplaintAccepted: ("amends.complaint-accepted.v1", COMPLAINTS),
    ComplaintMerged: ("amends.complaint-merged.v1", COMPLAINTS),
    ComplaintRejected: ("amends.complaint-rejected.v1", COMPLAINTS),
    ComplaintWithdrawn: ("amends.complaint-withdrawn.v1", COMPLAINTS),
    CompensationRecorded: ("amends.compensation-recorded.v1", COMPLAINTS),
    EvidenceArrived: ("amends.evidence-arrived.v1", EVIDENCE),
    EvidenceContinued: ("amends.evidence-continued.v1", EVIDENCE),
    RecoveryContinued: ("amends.recovery-continued.v1", EVIDENCE),
    EvidenceAwaited: ("amends.evidence-awaited.v1", VERDICTS),
    InformationRequested: ("amends.information-requested.v1", VERDICTS),
    IncidentSuspected: ("amends.incident-suspected.v1", VERDICTS),
    VerdictReached: ("amends.verdict-reached.v1", VERDICTS),
    CaseOpened: ("amends.case-opened.v1", CASES),
    RemedyGranted: ("amends.remedy-granted.v1", CASES),
    ApologyOffered: ("amends.apology-offered.v1", CASES),
    OptionsOffered: ("amends.options-offered.v1", CASES),
    InformationInvited: ("amends.information-invited.v1", CASES),
    InputInvited: ("amends.input-invited.v1", CASES),
    CounterAnswered: ("amends.counter-answered.v1", CASES),
    ApprovalRequested: ("amends.approval-requested.v1", CASES),
    RulingFollowed: ("amends.ruling-followed.v1", CASES),
    RulingRefused: ("amends.ruling-refused.v1", CASES),
    GoodwillGiven: ("amends.goodwill-given.v1", CASES),
    HandedOver: ("amends.handed-over.v1", CASES),
    FinalSayGiven: ("amends.final-say-given.v1", CASES),
    ClaimDeclined: ("amends.claim-declined.v1", CASES),
    ChoiceNoted: ("amends.choice-noted.v1", CASES),
    ChoiceUndone: ("amends.choice-undone.v1", CASES),
    ClockMissed: ("amends.clock-missed.v1", CASES),
    ProgressReported: ("amends.progress-reported.v1", CASES),
    PromiseMade: ("amends.promise-made.v1", CASES),
    PromiseKept: ("amends.promise-kept.v1", CASES),
    PromiseMissed: ("amends.promise-missed.v1", CASES),
    PaymentMade: ("amends.payment-made.v1", CASES),
    PaymentDelayed: ("amends.payment-delayed.v1", CASES),
    RepeatFailureFound: ("amends.repeat-failure-found.v1", CASES),
    CaseSettled: ("amends.case-settled.v1", CASES),
    CaseExpired: ("amends.case-expired.v1", CASES),
    CaseWithdrawn: ("amends.case-withdrawn.v1", CASES),
    CaseJoined: ("amends.case-joined.v1", CASES),
    PayoutDue: ("amends.payout-due.v1", PAYOUTS),
    PayoutCompleted: ("billing.payout-completed.v1", PAYOUTS),
    PayoutFailed: ("billing.payout-failed.v1", PAYOUTS),
    PayoutUnrecognised: ("amends.payout-unrecognised.v1", PAYOUTS),
    ApologyAccepted: ("amends.apology-accepted.v1", ANSWERS),
    OptionAccepted: ("amends.option-accepted.v1", ANSWERS),
    OptionsRejected: ("amends.options-rejected.v1", ANSWERS),
    CounterOffered: ("amends.counter-offered.v1", ANSWERS),
    QuestionAsked: ("amends.question-asked.v1", ANSWERS),
    PersonAskedFor: ("amends.person-asked-for.v1", ANSWERS),
    AnswerUndone: ("amends.answer-undone.v1", ANSWERS),
    SatisfactionRated: ("amends.satisfaction-rated.v1", ANSWERS),
    ApprovalGiven: ("amends.approval-given.v1", ANSWERS),
    ApprovalDenied: ("amends.approval-denied.v1", ANSWERS),
    ApprovalAmended: ("amends.approval-amended.v1", ANSWERS),
    CaseOverruled: ("amends.case-overruled.v1", ANSWERS),
    PromiseGiven: ("amends.promise-given.v1", ANSWERS),
    PromiseFulfilled: ("amends.promise-fulfilled.v1", ANSWERS),
    PayoutRenewed: ("amends.payout-renewed.v1", ANSWERS),
    FulfilmentContested: ("amends.fulfilment-contested.v1", ANSWERS),
    InformationGiven: ("amends.information-given.v1", ANSWERS),
    NoticeSent: ("amends.notice-sent.v1", NOTICES),
    NoticeFailed: ("amends.notice-failed.v1", NOTICES),
    TimerFired: ("amends.timer-fired.v1", TIMERS),
    DeadLetterAdded: ("amends.dead-letter-added.v1", DEAD_LETTERS),
}
"""The one list: which fact is called what on the wire (`ce_type`), and on which topic it travels."""
