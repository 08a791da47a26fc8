"""What the demo shows: every case as it happens, and at the end how each one ended beside what the story says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.text import Text

from services.cli import timeline
from services.cli.phrases import words
from services.cli.story import Story, Tale
from shared import events as e
from shared.money import Money

STATES: dict[type[Any], str] = {
    e.CaseSettled: "settled",
    e.ClaimDeclined: "declined",
    e.CaseExpired: "expired",
    e.CaseWithdrawn: "withdrawn",
    e.CaseJoined: "joined",
    e.HandedOver: "handed_over",
}
"""Events that end a case, as far as the story goes."""


@dataclass
class Seen:
    """What the topics have told about one complaint."""

    state: str = "open"
    outcome: str | None = None
    paid: dict[str, Decimal] = field(default_factory=dict)
    contacts: int = 1
    letters: int = 0
    told: list[tuple[datetime, Any]] = field(default_factory=list)

    @property
    def remedy(self) -> Decimal:
        """What was due as owed."""
        return sum(self.paid.values(), Decimal(0))

    def hear(self, event: Any, at: datetime) -> None:
        """Take in one event of this complaint."""
        self.told.append((at, event))
        self.state = STATES.get(type(event), self.state)
        match event:
            case e.VerdictReached(outcome=outcome):
                self.outcome = outcome
            case e.PayoutDue(ledger="remedy", key=key, amount=Money() as amount):
                self.paid[key] = amount.amount  # as billing does it: a key once, however often it is read
            case e.ComplaintMerged():
                self.contacts += 1
            case e.NoticeSent():
                self.letters += 1


class Stage:
    """Keeps what was seen by complaint, and prints each thing as it comes."""

    def __init__(self, story: Story, console: Console) -> None:
        self.story = story
        self.console = console
        self.seen: dict[str, Seen] = defaultdict(Seen)
        self.dead_letters = 0
        self._complaints: dict[str, str] = {}
        self._names = {tale.id: tale.who["name"] for tale in story.tales}

    def hear(self, event: Any, at: datetime) -> None:
        """Take in one event from a topic and print its line."""
        about = self._about(event)
        if isinstance(event, e.DeadLetterAdded):
            self.dead_letters += 1
        if about:
            self.seen[about].hear(event, at)
        if isinstance(event, e.TimerFired | e.EvidenceArrived | e.PayoutDue):
            return  # the line that follows from it says it
        who = Text(f"{about or '–':<8}{self._names.get(about, ''):<14}", style="bold" if about else "dim")
        self.console.print(who + timeline.line(event, at), soft_wrap=True)

    def _about(self, event: Any) -> str:
        """The complaint that an event is about: billing knows it by the case in its key."""
        match event:
            case e.ComplaintMerged(into=into):
                return into
            case e.AboutCase(case=case, complaint=complaint):
                self._complaints[case] = complaint
                return complaint
            case e.PayoutCompleted(key=key) | e.PayoutFailed(key=key):
                return self._complaints.get(key.partition("/")[0], "")
            case _:
                return getattr(event, "complaint", None) or ""

    def ended(self) -> bool:
        """Whether every case stands where the story ends, and every poison has been set aside."""
        return not any(self.wrong(tale) for tale in self.story.tales) and self.dead_letters == self._expected_dead()

    def wrong(self, tale: Tale) -> str:
        """In what the case differs from the story; empty if in nothing."""
        seen, ends = self.seen[tale.id], tale.ends
        remedy = Decimal(ends.remedy or 0)
        pairs: Iterable[tuple[str, object, object]] = (
            ("state", seen.state, ends.state),
            ("outcome", seen.outcome, ends.outcome),
            ("remedy", seen.remedy, remedy),
            ("letters about it", seen.contacts, ends.contacts),
        )
        return "; ".join(
            f"{name}: {found}, not {wanted}" for name, found, wanted in pairs if found != wanted and wanted is not None
        )

    def summary(self) -> Iterator[Text]:
        """How each case ended, two lines a case: what came of it, and the story in a sentence."""
        for tale in self.story.tales:
            seen, wrong = self.seen[tale.id], self.wrong(tale)
            paid = f"{tale.paid['currency']} {seen.remedy} paid as owed" if seen.remedy else ""
            letters = f"{seen.letters} letter{'' if seen.letters == 1 else 's'}"
            mark = Text("✗ ", style="bold red") if wrong else Text("✓ ", style="bold green")
            said = f"{words(seen.outcome or 'no verdict'):<12} {paid:<25} {letters}"
            end = Text(f"{words(seen.state):<12} ", style="bold")
            yield mark + Text(f"{tale.id:<8}{tale.who['name']:<15}") + end + Text(said)
            yield Text(f"          {tale.story}", style="dim")
            if wrong:
                yield Text(f"          differs from the story in its {wrong}", style="red")

    def _expected_dead(self) -> int:
        return sum(raw.dead_letter for raw in self.story.raw)
