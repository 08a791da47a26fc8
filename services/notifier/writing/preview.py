"""How an example looks to its reader: the letter as plain text and as HTML, and the page that its link leads to."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from services.notifier.notice import Kind, Table, Template
from services.notifier.page import views
from services.notifier.page.pages import Page, Says
from services.notifier.sending.markup import html_of
from services.notifier.writing.examples import LINK, NOON, Example, examples, written
from services.notifier.writing.voice import Voices
from services.notifier.writing.wording import write
from shared.errors import Misconfigured
from shared.policy.policy import Policy
from shared.policy.wording import PAGE

QUOTE = "'"
"""As Python quotes the name of what is missing."""

TABLES: dict[Kind | Template, Table] = {
    "apology": "apology",
    "options": "options",
    "input": "input",
    "final-say": "final",
    "decline": "declined",
    "settlement": "settled",
}
"""What lies on the page once such a letter has gone; the others leave there what lies there."""


class Preview(NamedTuple):
    """One example as it reads. `page` is the customer's page, where the letter changes what lies on it."""

    example: Example
    subject: str
    text: str
    html: str
    page: str | None


def preview(voices: Voices, example: Example, language: str, variant: int = 0) -> Preview:
    """The example in this language, in the `variant`th of its texts."""
    text = write(written(example, language, variant), voices, LINK)
    page = page_of(example, language)
    return Preview(
        example,
        text.subject,
        text.body,
        html_of(text.subject, text.body, language, LINK),
        views.standing(voices, page, "") if page else None,
    )


def prove_pages(policy: Policy) -> None:
    """Every page that a letter leads to can be shown, in every language. Raises Misconfigured with file and fix."""
    voices = Voices(policy)
    for language in policy.wording.languages:
        for example in examples(policy):
            try:
                preview(voices, example, language)
            except KeyError as missing:
                file = Path(policy.wording.folder) / language / PAGE
                raise Misconfigured(f"{file}:1: `page` has no {str(missing).replace(QUOTE, '`')}: write it") from None


def page_of(example: Example, language: str) -> Page | None:
    """The page once the letter has gone."""
    table = TABLES.get(example.template)
    if table is None:
        return None
    letter, facts = written(example, language), example.facts
    if table == "settled" and facts.undo_until:
        table = "agreed"
    return Page(
        case="example",
        customer="cust-1",
        complaint=letter.complaint,
        source="example",
        severity=letter.severity,
        round=letter.round,
        state=table,
        person=False,
        options=facts.options,
        expires=facts.undo_until or facts.expires,
        says=Says(letter.reader, facts),
        answered_round=None,
        answer=None,
        answer_event=None,
        told=None,
        rated=None,
        now=NOON - timedelta(hours=1),
    )
