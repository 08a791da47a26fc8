"""A CRM that sends itself gets each notice signed, once it is well, and nobody else gets it whatever the network says."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Sequence
from email.utils import formatdate
from typing import Any

import pytest
from msgspec.structs import replace

from services.notifier.sending import switches
from services.notifier.sending.addresses import is_public
from services.notifier.sending.forms import WEBHOOK
from services.notifier.sending.mail import Away, Closed, Later, Refused, Sent
from services.notifier.sending.message import Message
from services.notifier.sending.signing import keys_of, signatures
from services.notifier.sending.webhooks import LARGEST, WebhookMail, said
from shared import events as e
from shared.errors import Misconfigured
from shared.policy.delivery import Way
from shared.policy.policy import Policy
from tests.core.notifier_stories import POLICY, Complaint
from tests.notifier.bureau import AT_ONCE, Bureau, sent, until
from tests.notifier.receiver import DROP, HOST, SLOWLY, Receiver, answer, listening, trusted

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, as is").decode()
ANA = Complaint()
NOTICE = Message("case-1/1/apology", "msg_1", "", "", "cust-77", b'{"type":"amends.notice-ready.v1"}')
PUBLIC = "93.184.215.14"


@pytest.fixture
async def crm() -> AsyncIterator[Receiver]:
    async with listening(Receiver()) as receiver:
        yield receiver


@pytest.fixture
async def mail(crm: Receiver) -> AsyncIterator[WebhookMail]:
    made = WebhookMail(f"http://127.0.0.1:{crm.port}/hooks?of=amends", SECRET, loopback=True)
    yield made
    await made.stop()


class Resolver:
    """Says these addresses, one list a question, and the last one from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


# ── what it gets ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_is_the_one_of_the_published_example() -> None:
    made = signatures(keys_of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_notice_arrives_signed_and_a_receiver_that_checks_it_is_content(
    mail: WebhookMail, crm: Receiver
) -> None:
    assert await sent(mail, [NOTICE]) == [Sent()]
    (call,) = crm.calls
    assert call.first == "POST /hooks?of=amends HTTP/1.1"
    assert call.headers["host"] == f"127.0.0.1:{crm.port}"
    assert call.headers["content-type"] == "application/json"
    assert call.headers["webhook-id"] == "msg_1"
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60
    assert call.body == NOTICE.data
    signed = b".".join((b"msg_1", call.headers["webhook-timestamp"].encode(), call.body))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert call.headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


async def test_while_a_secret_is_replaced_both_sign(crm: Receiver) -> None:
    mail = WebhookMail(f"http://127.0.0.1:{crm.port}/", f"{OTHER} {SECRET}", loopback=True)
    await sent(mail, [NOTICE])
    await mail.stop()
    at = int(crm.calls[0].headers["webhook-timestamp"])
    each = [signatures(keys_of(secret), "msg_1", at, NOTICE.data) for secret in (OTHER, SECRET)]
    assert crm.calls[0].headers["webhook-signature"] == " ".join(each)


@pytest.mark.parametrize("wrong", ["", "whsec_", "hush-hush", "whsec_c2hvcnQ=", "whsec_%%%", SECRET[6:]])
def test_a_secret_that_is_none_stops_the_start_and_is_not_repeated(wrong: str) -> None:
    with pytest.raises(Misconfigured, match="AMENDS_WEBHOOK_SECRET must be") as refused:
        WebhookMail("https://hooks.example/", wrong)
    assert not wrong or wrong == "whsec_" or wrong not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "ftp://hooks.example/", "hooks.example", "https://", "https://ana:hush@hooks.example/",
     "https://hooks.example:port/", "https://hooks.example/\r\nX: y", "https://hooks.example/#part", "https://bücher.example/"],
)  # fmt: skip
def test_an_address_that_is_none_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(Misconfigured, match="AMENDS_WEBHOOK_URL must look like") as refused:
        WebhookMail(url, SECRET)
    assert "hush" not in str(refused.value)


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_status_means() -> None:
    assert [said(status, "") for status in (200, 202, 204)] == [Sent()] * 3
    assert said(410, "") == Closed("webhook_410")
    assert said(413, "") == Refused("webhook_413")
    for status in (301, 302, 307, 308, 400, 401, 404, 429, 500, 503):
        assert said(status, "") == Later(f"webhook_{status}")
    assert said(503, "120") == Later("webhook_503", 120)
    soon = said(429, formatdate(time.time() + 100, usegmt=True))
    assert isinstance(soon, Later)
    assert 90 < soon.after <= 100
    assert said(429, "tomorrow") == Later("webhook_429")


async def test_a_redirect_is_not_followed(mail: WebhookMail, crm: Receiver) -> None:
    async with listening(Receiver()) as elsewhere:
        crm.answers = [answer(status, f"Location: http://127.0.0.1:{elsewhere.port}/") for status in (301, 307)]
        assert await sent(mail, [NOTICE]) == [Later("webhook_301")]
        assert await sent(mail, [NOTICE]) == [Later("webhook_307")]
        assert elsewhere.calls == []


async def test_a_body_without_end_is_not_read(mail: WebhookMail, crm: Receiver) -> None:
    crm.answers = [SLOWLY]
    assert await sent(mail, [NOTICE]) == [Sent()]
    assert crm.sent < 10_000_000


async def test_an_answer_that_never_comes_is_not_waited_for(crm: Receiver) -> None:
    crm.silent = True
    mail = WebhookMail(f"http://127.0.0.1:{crm.port}/", SECRET, loopback=True, call_seconds=0.2)
    assert await sent(mail, [NOTICE]) == [Later("no_answer")]
    await mail.stop()


async def test_headers_without_end_are_not_read(mail: WebhookMail, crm: Receiver) -> None:
    crm.answers = [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000]
    assert await sent(mail, [NOTICE]) == [Later("no_answer")]


async def test_a_receiver_that_hangs_up_may_have_taken_it(mail: WebhookMail, crm: Receiver) -> None:
    crm.answers = [DROP]
    assert await sent(mail, [NOTICE]) == [Later("no_answer")]


async def test_where_nobody_listens_nobody_has_taken_it() -> None:
    async with listening(Receiver()) as gone:
        pass
    mail = WebhookMail(f"http://127.0.0.1:{gone.port}/", SECRET, loopback=True)
    assert await sent(mail, [NOTICE]) == [Away("webhook: ConnectError")]
    await mail.stop()


async def test_a_notice_that_is_too_large_is_not_sent(mail: WebhookMail, crm: Receiver) -> None:
    large = Message("n", "msg_1", "", "", "cust-77", b"x" * (LARGEST + 1))
    assert await sent(mail, [large]) == [Refused("webhook_too_large")]
    assert crm.calls == []


async def test_proxies_of_the_environment_have_no_say(
    mail: WebhookMail, crm: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(Receiver()) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await sent(WebhookMail(f"http://127.0.0.1:{crm.port}/", SECRET, loopback=True), [NOTICE]) == [Sent()]
        assert proxy.calls == []


# ── where it goes ───────────────────────────────────────────────────────────────────────────────────────────────────

INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "198.18.0.1", "192.0.2.1", "203.0.113.7", "224.0.1.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001::1", "2001:db8::1", "3fff::1", "100::1",
    "fec0::1", "not an address", "",
]  # fmt: skip
OUTSIDE = [
    PUBLIC,
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", INSIDE)
async def test_no_customers_words_go_into_the_houses_own_network(address: str) -> None:
    """By the name of a public host, alone or beside a public address, and written into the address itself."""
    assert not is_public(address)
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        resolver = Resolver(found)
        mail = WebhookMail("https://hooks.example/", SECRET, resolve=resolver)
        assert await sent(mail, [NOTICE]) == [Later("webhook_address_forbidden")]
        await mail.stop()


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_open_internet_may_be_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1", "127.1", "017700000001"]
)
async def test_this_machine_by_whatever_name_is_called_only_where_that_is_allowed(host: str) -> None:
    async with listening(Receiver(), tls=True) as inside:
        mail = WebhookMail(f"https://{host}:{inside.port}/", SECRET)
        (result,) = await sent(mail, [NOTICE])
        await mail.stop()
        assert result == Later("webhook_address_forbidden") or isinstance(result, Away), result
        assert (inside.calls, inside.names) == ([], [])


async def test_a_name_that_changes_its_mind_leads_nowhere_else() -> None:
    """Rebinding: it is asked once a call, and the call goes to the address that was checked."""
    resolver = Resolver(["127.0.0.1"], ["10.0.0.1"])
    async with listening(Receiver(), tls=True) as crm:
        mail = WebhookMail(f"https://{HOST}:{crm.port}/", SECRET, loopback=True, resolve=resolver, trusts=trusted())
        assert await sent(mail, [NOTICE]) == [Sent()]
        assert (resolver.asked, len(crm.calls)) == (1, 1)
        assert await sent(mail, [NOTICE]) == [Later("webhook_address_forbidden")]
        assert (resolver.asked, len(crm.calls)) == (2, 1)
        await mail.stop()


async def test_the_certificate_must_be_of_the_name_though_the_call_goes_to_an_address() -> None:
    async with listening(Receiver(), tls=True) as crm:
        here = Resolver(["127.0.0.1"])
        good = WebhookMail(f"https://{HOST}:{crm.port}/", SECRET, loopback=True, resolve=here, trusts=trusted())
        assert await sent(good, [NOTICE]) == [Sent()]
        assert crm.names == [HOST]
        assert crm.calls[0].headers["host"] == f"{HOST}:{crm.port}"
        for name, trusts in (("other.example", trusted()), (HOST, None)):
            bad = WebhookMail(f"https://{name}:{crm.port}/", SECRET, loopback=True, resolve=here, trusts=trusts)
            assert await sent(bad, [NOTICE]) == [Away("webhook: ConnectError")]
            await bad.stop()
        await good.stop()
    assert len(crm.calls) == 1


async def test_without_tls_only_this_machine_is_called() -> None:
    mail = WebhookMail("http://hooks.example/", SECRET, loopback=True, resolve=Resolver([PUBLIC]))
    assert await sent(mail, [NOTICE]) == [Later("webhook_address_forbidden")]
    await mail.stop()


# ── the whole way ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_crm(policy: Policy = AT_ONCE) -> Policy:
    """The house whose CRM talks to people in its app."""
    ways = policy.delivery.ways | {"app": Way("webhook", durable=True)}
    return replace(policy, delivery=replace(policy.delivery, ways=ways))


async def by_app(bureau: Bureau) -> None:
    """Ana wishes the app, and has an apology to come."""
    bureau.decide_by(by_crm())
    wish = e.Contact(channel="App")
    await bureau.hear(ANA.accepted(contact=wish, email=None, jurisdiction="DE"), ANA.apology())


async def test_a_crm_gets_all_that_the_letter_says_and_whom_it_is_for(
    bureau: Bureau, mail: WebhookMail, crm: Receiver
) -> None:
    await by_app(bureau)
    await bureau.deliver(mail, policy=by_crm(), channel=WEBHOOK)
    (call,) = crm.calls
    event: dict[str, Any] = json.loads(call.body)
    assert event["type"] == "amends.notice-ready.v1"
    told = event["data"]
    assert (told["kind"], told["channel"], told["durable"]) == ("apology", "app", False)
    assert (told["customer"], told["name"], told["address"]) == ("cust-77", "Ana Lima", None)
    assert (told["complaint"], told["case"], told["notice"]) == ("C-1001", ANA.case, f"{ANA.case}/1/apology")
    assert told["link"] in told["text"]
    assert f'href="{told["link"]}"' in told["html"]
    ((state, channel, body),) = await bureau.rows("select state, channel, body from notifier.letters")
    assert (state, channel, body) == ("sent", "webhook", told["text"])
    ((kind, value),) = await bureau.rows("select type, convert_from(value, 'utf8') from notifier.outbox")
    assert (kind, '"channel":"webhook"' in value) == ("amends.notice-sent.v1", True)


async def test_whatever_goes_wrong_the_same_bytes_come_again_under_the_same_id(
    bureau: Bureau, mail: WebhookMail, crm: Receiver
) -> None:
    crm.answers = [answer(500), DROP, answer(429, "Retry-After: 0"), answer(302, "Location: https://evil.example/")]
    await by_app(bureau)
    await bureau.deliver(mail, policy=by_crm(), channel=WEBHOOK)
    assert len(crm.calls) == 5
    assert len({(call.headers["webhook-id"], call.body) for call in crm.calls}) == 1
    assert [kind for kind, _ in await bureau.said()] == ["amends.notice-sent.v1"]


async def test_a_receiver_that_is_gone_for_good_is_called_no_more_until_somebody_says_so(
    bureau: Bureau, mail: WebhookMail, crm: Receiver
) -> None:
    crm.answers = [answer(410)]
    await by_app(bureau)
    async with bureau.delivering(mail, policy=by_crm(), channel=WEBHOOK):
        await until(lambda: is_closed(bureau))
        await until(lambda: reason_is(bureau, "webhook_410"))
        assert len(crm.calls) == 1
        (switch,) = await switches.stopped(bureau.engine)
        assert (switch.channel, switch.by, switch.reason) == ("webhook", "the receiver", "webhook_410")
        assert "amends mail resume --channel webhook" in switches.sentence(switch)
        await switches.resume(bureau.engine, "mara", "webhook")
        await until(bureau.nothing_waits)
    assert len(crm.calls) == 2


async def is_closed(bureau: Bureau) -> bool:
    return bool(await switches.stopped(bureau.engine))


async def reason_is(bureau: Bureau, reason: str) -> bool:
    return await bureau.rows("select reason from notifier.letters") == [(reason,)]


def test_the_stories_have_no_way_by_webhook() -> None:
    assert "webhook" not in {way.by for way in POLICY.delivery.ways.values()}
