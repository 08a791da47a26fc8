"""The notifier as a process of its own: `python -m services.notifier`."""

from services.notifier.admin import mail_part, mail_routes
from services.notifier.delivery import Delivery
from services.notifier.flows import flows
from services.notifier.mail import Mail
from services.notifier.mailbox import MailboxMail
from services.notifier.page import routes
from services.notifier.smtp import SmtpMail
from services.notifier.wording import check_wording
from shared.host.run import main
from shared.host.service import Parts, Service
from shared.host.settings import Settings


def service(parts: Parts) -> Service:
    """Letters to the customer, and the page on which they answer."""
    settings = parts.settings
    check_wording(parts.policy)
    delivery = Delivery(
        parts.engine,
        mail(settings),
        parts.policy,
        settings.page_url,
        settings.secret,
        mode=settings.mode,
        wake=parts.wake,
    )
    page = routes(parts.engine, parts.policy, parts.wake)
    return Service(
        flows(parts.policy),
        public=(page,),
        admin=(mail_routes(parts.engine),),
        workers=(delivery,),
        on_commit=(delivery.wake,),
        parts={"mail": mail_part(parts.engine)},
    )


def mail(settings: Settings) -> Mail:
    """The mail server where `AMENDS_SMTP_URL` names one, else the folder `AMENDS_HOME/mail`."""
    return SmtpMail(settings.smtp_url) if settings.smtp_url else MailboxMail(settings.home / "mail")


if __name__ == "__main__":
    main(notifier=service)
