"""The notifier as a process of its own: `python -m services.notifier`."""

from services.notifier.admin import mail_part, mail_routes
from services.notifier.flows import flows
from services.notifier.notice import EMAIL
from services.notifier.page import phone
from services.notifier.page.routes import routes
from services.notifier.sending.delivery import Delivery
from services.notifier.sending.forms import WEBHOOK
from services.notifier.sending.mail import Mail
from services.notifier.sending.mailbox import MailboxMail
from services.notifier.sending.smtp import SmtpMail
from services.notifier.sending.webhooks import WebhookMail
from services.notifier.writing.wording import check_wording
from shared.errors import Misconfigured
from shared.host.run import main
from shared.host.service import Parts, Service
from shared.host.settings import Settings
from shared.policy.policy import Policy


def service(parts: Parts) -> Service:
    """Letters to the customer, and the page on which they answer."""
    settings = parts.settings
    check_wording(parts.policy)
    deliveries = tuple(
        Delivery(
            parts.engine,
            mail,
            parts.policy,
            settings.page_url,
            settings.secret,
            mode=settings.mode,
            wake=parts.wake,
            channel=channel,
        )
        for channel, mail in mails(settings, parts.policy).items()
    )
    page = routes(parts.engine, parts.policy, parts.wake)
    return Service(
        flows(parts.policy),
        public=(page,),
        admin=(mail_routes(parts.engine), phone.routes(parts.engine, parts.policy, parts.wake)),
        workers=deliveries,
        on_commit=tuple(delivery.wake for delivery in deliveries),
        parts={"mail": mail_part(parts.engine)},
    )


def mails(settings: Settings, policy: Policy) -> dict[str, Mail]:
    """By channel: the mail server where `AMENDS_SMTP_URL` names one, else the folder `AMENDS_HOME/mail`; and the CRM's
    webhook where there is one. Raises Misconfigured where the policy counts on one that is not there."""
    found: dict[str, Mail] = {
        EMAIL: SmtpMail(settings.smtp_url) if settings.smtp_url else MailboxMail(settings.home / "mail")
    }
    if settings.webhook_url:
        found[WEBHOOK] = WebhookMail(
            settings.webhook_url, settings.webhook_secret, loopback=settings.webhook_loopback == "yes"
        )
    lacking = [name for name, way in policy.delivery.ways.items() if way.by == WEBHOOK and WEBHOOK not in found]
    if lacking:
        raise Misconfigured(f"AMENDS_WEBHOOK_URL must be set: delivery.yaml sends `{lacking[0]}` by webhook")
    return found


if __name__ == "__main__":
    main(notifier=service)
