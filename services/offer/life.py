"""The life of a case in one table: what counts in each state, and where it may lead.

What a state does not name is answered with nothing in it: it comes too late, or a second time, or was never asked for.
Where one event may lead to several states, the decision says which; that it leads nowhere else is held by a walk
through every state and every event. `docs/case-life.md` is drawn from here.
"""

from collections.abc import Mapping
from typing import Any

from services.offer.case import Case, State
from shared.events import (
    AnswerUndone,
    ApologyAccepted,
    ApprovalAmended,
    ApprovalDenied,
    ApprovalGiven,
    CaseOverruled,
    ComplaintAccepted,
    ComplaintMerged,
    ComplaintWithdrawn,
    CounterOffered,
    EvidenceAwaited,
    FulfilmentContested,
    InformationGiven,
    InformationRequested,
    NoticeFailed,
    OptionAccepted,
    OptionsRejected,
    PayoutCompleted,
    PayoutFailed,
    PayoutRenewed,
    PersonAskedFor,
    PromiseFulfilled,
    PromiseGiven,
    QuestionAsked,
    TimerFired,
    VerdictReached,
)

Heard = type[Any]
Row = Mapping[Heard, tuple[State, ...]]

CALLS_A_PERSON: tuple[Heard, ...] = (
    *(ComplaintAccepted, ComplaintMerged),  # by what they hint at
    *(PersonAskedFor, QuestionAsked),
    *(NoticeFailed, PayoutFailed),
)
FIRST_WORDS: tuple[State, ...] = ("apology", "options", "declined", "handed_over", "joined")
"""What a first verdict leads to; joined, where another case answers for the same failure."""
SETTLES: tuple[State, ...] = ("settled", "agreed")
"""With what the customer chose; agreed, while the thing is still broken."""


def _calls(leads: State, *besides: Heard) -> Row:
    """A person has the case from then on; one that is over stays so, and waits for them beside."""
    return {heard: (leads,) for heard in CALLS_A_PERSON if heard not in besides}


def _ruled(state: State, given: tuple[State, ...] = (), overruled: tuple[State, ...] = ()) -> Row:
    """What people of the house decide, here on a gift that one of them wishes to give; all else is refused by name."""
    return {
        ApprovalGiven: (*given, state),
        ApprovalDenied: (state,),
        ApprovalAmended: (state,),
        CaseOverruled: (*overruled, state),
        PromiseGiven: (state,),
        PromiseFulfilled: (state,),
        PayoutRenewed: (state,),
    }


def _dues(state: State, leads: State) -> Row:
    """What was granted is on its way, whatever becomes of the case: where it went wrong, a person has it."""
    return {
        PayoutCompleted: (state,) if state == leads else (state, leads),
        PayoutFailed: (leads,),
        FulfilmentContested: (leads,),
        TimerFired: (leads,),
    }


def _open(state: State) -> Row:
    """Something lies before the customer, and the clock runs."""
    return {
        **_calls("handed_over"),
        **_ruled(state, SETTLES, (*SETTLES, "final_say", "declined", "handed_over")),
        **_dues(state, "handed_over"),
        ComplaintWithdrawn: ("withdrawn",),
        TimerFired: ("expired", state, "handed_over", "options"),  # what lies before them, a clock, a word of ours
        InformationRequested: (state,),
    }


LIFE: Mapping[State, Row] = {
    "unopened": {
        **_calls("handed_over", PayoutFailed),
        **_ruled("unopened"),
        EvidenceAwaited: ("awaiting",),
        InformationRequested: ("awaiting",),
        VerdictReached: (*FIRST_WORDS, "history"),
        ComplaintWithdrawn: ("withdrawn",),
    },
    "awaiting": {
        **_calls("handed_over", PayoutFailed),
        **_ruled("awaiting", (), ("handed_over",)),
        InformationRequested: ("awaiting",),
        InformationGiven: ("awaiting",),  # the clocks go on
        TimerFired: ("awaiting", "handed_over"),
        VerdictReached: FIRST_WORDS,
        ComplaintWithdrawn: ("withdrawn",),
    },
    "apology": {
        **_open("apology"),
        ApologyAccepted: SETTLES,
        OptionsRejected: ("options", "declined"),
        CounterOffered: (*SETTLES, "options", "handed_over", "declined"),
        VerdictReached: ("apology", "options", "handed_over"),
    },
    "options": {
        **_open("options"),
        ApologyAccepted: SETTLES,
        OptionAccepted: SETTLES,
        OptionsRejected: ("options", "input", "final_say", "declined"),
        CounterOffered: (*SETTLES, "options", "final_say", "handed_over", "declined"),
        VerdictReached: ("options", "apology", "handed_over"),
    },
    "input": {
        **_open("input"),
        ApologyAccepted: SETTLES,
        OptionAccepted: SETTLES,
        OptionsRejected: ("options", "declined"),
        CounterOffered: (*SETTLES, "options", "handed_over", "declined"),
        VerdictReached: ("input", "apology", "options", "handed_over"),
    },
    "final_say": {
        **_open("final_say"),
        **_ruled("final_say", SETTLES, (*SETTLES, "handed_over")),
        TimerFired: ("expired", "final_say", "handed_over"),
        ComplaintMerged: ("handed_over", "final_say"),  # who writes again when its time is over hears it again
        ApologyAccepted: SETTLES,
        OptionAccepted: SETTLES,
        CounterOffered: ("final_say", *SETTLES, "handed_over", "declined"),
        VerdictReached: ("final_say", "apology", "handed_over"),
    },
    "handed_over": {
        **_calls("handed_over"),  # beside whoever has to say yes or no
        ApprovalGiven: (*SETTLES, "options", "handed_over"),
        ApprovalDenied: ("options", "final_say", "declined", "handed_over"),
        ApprovalAmended: ("options", "handed_over"),
        CaseOverruled: (*SETTLES, "final_say", "declined", "handed_over"),
        PromiseGiven: ("handed_over",),
        PromiseFulfilled: ("handed_over",),
        PayoutRenewed: ("handed_over",),
        InformationRequested: ("handed_over",),
        ApologyAccepted: SETTLES,
        OptionAccepted: SETTLES,
        VerdictReached: ("handed_over",),
        ComplaintWithdrawn: ("withdrawn",),
        **_dues("handed_over", "handed_over"),
    },
    "expired": {
        **_calls("handed_over", ComplaintMerged),
        **_ruled("expired", SETTLES, (*SETTLES, "handed_over")),
        **_dues("expired", "handed_over"),
        TimerFired: ("expired", "options", "handed_over"),
        ComplaintMerged: ("handed_over", "final_say"),
        # What was said in time counts, also where the expiry was read first.
        ApologyAccepted: SETTLES,
        OptionAccepted: SETTLES,
        OptionsRejected: ("options", "input", "final_say", "declined"),
        CounterOffered: ("expired", *SETTLES, "options", "final_say", "handed_over", "declined"),
        InformationRequested: ("expired",),
        VerdictReached: ("expired", "apology", "options", "handed_over"),
        ComplaintWithdrawn: ("withdrawn",),
    },
    "declined": {
        **_calls("declined", ComplaintAccepted, ComplaintMerged, PayoutFailed),
        **_ruled("declined", SETTLES, SETTLES),
        TimerFired: ("declined",),
        ComplaintAccepted: ("handed_over",),
        ComplaintMerged: ("handed_over", "declined"),
        InformationRequested: ("declined",),
        VerdictReached: ("apology", "options", "handed_over"),
        ComplaintWithdrawn: ("withdrawn",),
    },
    "agreed": {
        **_calls("agreed"),
        **_ruled("agreed"),
        **_dues("agreed", "agreed"),
        AnswerUndone: ("apology", "options", "input", "final_say", "handed_over", "agreed"),
        TimerFired: ("agreed", "settled"),
        InformationRequested: ("agreed",),
        VerdictReached: ("agreed", "settled"),
        ComplaintWithdrawn: ("withdrawn",),
    },
    "settled": {
        **_calls("settled"),
        **_ruled("settled"),
        **_dues("settled", "settled"),
        TimerFired: ("settled", "options", "handed_over"),  # where a word was not kept, which is a new failure
        AnswerUndone: ("settled",),  # it is due by now, so a person sees to it
        InformationRequested: ("settled",),
        VerdictReached: ("settled",),  # a larger remedy is paid, whatever was agreed on
        ComplaintWithdrawn: ("withdrawn",),
    },
    "joined": {
        **_calls("joined"),  # they wait for a person beside, and the case that it joined goes on
        **_ruled("joined"),
        **_dues("joined", "joined"),
        InformationRequested: ("joined",),
        VerdictReached: ("joined", "apology", "options", "handed_over"),  # another failure has rounds of its own
        ComplaintWithdrawn: ("withdrawn",),
    },
    "withdrawn": {
        **_calls("withdrawn", ComplaintAccepted, ComplaintMerged, NoticeFailed),
        **_ruled("withdrawn"),
        **_dues("withdrawn", "withdrawn"),
    },
    "history": {**_calls("history", ComplaintAccepted, ComplaintMerged, PayoutFailed), **_ruled("history")},
}


def counts(case: Case, event: object) -> bool:
    """Whether this is heard at all in the state that the case is in."""
    return type(event) in LIFE[case.state]
