"""What a letter looks like on its way: a mail to the customer, or an event for a CRM that sends itself."""

import hashlib
from typing import Protocol

import msgspec

from services.notifier.letters import Waiting
from services.notifier.notice import EMAIL, REPLIES
from services.notifier.sending.markup import html_of
from services.notifier.sending.message import Draft, Message, compose, mailbox
from services.notifier.writing.wording import Text
from shared.policy.policy import Policy

WEBHOOK = "webhook"
READY = "amends.notice-ready.v1"
"""The type of the event that a CRM gets: a notice is written, and is theirs to send."""


class Form(Protocol):
    """Puts letters into the form of one channel."""

    def make(self, letter: Waiting, text: Text, link: str) -> Message:
        """The letter for its first try. Raises BadAddress or UnsafeHeader."""

    def again(self, letter: Waiting) -> Message:
        """The letter as it was when it was first tried: the same bytes under the same id."""


class MailForm:
    """As a mail program shows it."""

    def __init__(self, policy: Policy) -> None:
        self._house = policy.house

    def make(self, letter: Waiting, text: Text, link: str) -> Message:
        draft = Draft(
            notice=letter.notice,
            customer=letter.customer,
            to=letter.recipient or "",
            subject=text.subject,
            body=text.body,
            date=letter.now,
            language=letter.language,
            link=link,
            earlier=tuple(letter.earlier),
            reply=letter.kind in REPLIES,
        )
        return compose(draft, (self._house.name, self._house.sender))

    def again(self, letter: Waiting) -> Message:
        assert letter.message is not None
        assert letter.message_id is not None
        to, sender = mailbox(letter.recipient or ""), mailbox(self._house.sender)
        return Message(letter.notice, letter.message_id, sender, to, letter.customer, letter.message)


class WebhookForm:
    """As a CRM reads it: whom it is for and all that it says, so that nothing has to be looked up."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy.delivery

    def make(self, letter: Waiting, text: Text, link: str) -> Message:
        reader = letter.written.reader
        told = {
            "notice": letter.notice,
            "kind": letter.kind,
            "channel": (reader.wish or self._policy.default).strip().lower(),
            "durable": self._policy.must_last(letter.kind, reader.jurisdiction),
            "language": letter.language,
            "customer": letter.customer,
            "name": reader.name,
            "address": reader.email if reader.by_mail else None,
            "complaint": letter.complaint,
            "source": letter.source,
            "case": letter.case,
            "round": letter.round,
            "severity": letter.severity,
            "subject": text.subject,
            "text": text.body,
            "html": html_of(text.subject, text.body, letter.language, link),
            "link": link,
        }
        body = msgspec.json.encode({"type": READY, "timestamp": letter.now, "data": told})
        return _to_crm(letter, f"msg_{hashlib.sha256(letter.notice.encode()).hexdigest()[:32]}", body)

    def again(self, letter: Waiting) -> Message:
        assert letter.message is not None
        assert letter.message_id is not None
        return _to_crm(letter, letter.message_id, letter.message)


def _to_crm(letter: Waiting, name: str, body: bytes) -> Message:
    return Message(letter.notice, name, "", "", letter.customer, body)


FORMS: dict[str, type[MailForm] | type[WebhookForm]] = {EMAIL: MailForm, WEBHOOK: WebhookForm}
"""By channel."""
