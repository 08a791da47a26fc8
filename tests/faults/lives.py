"""Six customers with whom more happens than with others, told by HTTP and by billing's topic, whoever dies meanwhile.

Ana's wish is approved, Bo's amended and taken so, Cleo thinks again, Dan's voucher cannot be paid at first, Eve is promised
something that nobody does, and Finn's voucher is late. Each request goes on until it is answered; one that was taken before
its answer was lost is known again.
"""

import re
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from shared import events as e
from shared.events import PAYOUTS, case_id
from shared.host.settings import CHECKOUT
from shared.money import Money
from tests.oracle import Seen
from tests.people import YESTERDAY, letter, measured
from tests.road import Road
from tests.waiting import until

ANA, BO, CLEO, DAN, EVE, FINN = LIVES = ("L-ana", "L-bo", "L-cleo", "L-dan", "L-eve", "L-finn")
CRM_TOPIC = "crm.complaints.v1"
HEAD = {"by": "Mara Lund", "role": "the head of customer care", "reason": "They are right."}
QUICK = {"undo_within": "5 min", "grace": "1 s"}
"""A choice may be taken back for as long as anybody needs who dies meanwhile, and what is not there by its day is asked after
at once."""
LATER = timedelta(minutes=6)
"""How far the road's clock is put forward when all have chosen: past every undoing, and the day of a call."""


def quick_policy(home: Path) -> str:
    """The shipped policy with these two clocks, as a folder."""
    folder = shutil.copytree(CHECKOUT / "deploy" / "policy", home / "policy")
    file = folder / "policy.yaml"
    text = file.read_text()
    for name, quick in QUICK.items():
        text, found = re.subn(rf"^(  {name}:) [^#\n]+", rf"\1 {quick}  ", text, count=1, flags=re.MULTILINE)
        assert found
    file.write_text(text)
    return str(folder)


def letters() -> list[dict[str, Any]]:
    return [letter(name, name.lower(), f"o-{name}") for name in LIVES]


def figures() -> list[dict[str, Any]]:
    return [measured(f"o-{name}", 5) for name in LIVES]


def case(name: str) -> str:
    return case_id(CRM_TOPIC, name)


class Lives:
    """What they, the people of the house and billing do."""

    def __init__(self, road: Road) -> None:
        self.road = road

    # ── in rounds ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def wish_and_refuse(self) -> None:
        for name, amount in ((ANA, "60.00"), (BO, "55.00")):
            await self.says(name, "counter-offered", 1, amount=euro(amount), text="That would put it right.")
        for name in (CLEO, DAN, EVE, FINN):
            await self.says(name, "options-rejected", 1)

    async def have_their_wishes_decided(self) -> None:
        """Each is said twice, as by somebody who has not seen the answer."""
        amended = {"action": "amend", **HEAD, "amount": euro("30.00")}
        for again in (False, True):
            for name, said in ((ANA, {"action": "approve", **HEAD}), (BO, amended)):
                await self.post("offer", f"/admin/approvals/{case(name)}/approval/1", said, again=again)

    async def choose(self) -> None:
        """Cleo takes the call, thinks again in time, and takes the voucher."""
        await self.says(CLEO, "option-accepted", 2, option="call")
        await self.says(CLEO, "answer-undone", 2)
        await self.says(CLEO, "option-accepted", 3, option="voucher-20")
        await self.says(BO, "option-accepted", 2, option="as-amended")
        for name in (DAN, FINN):
            await self.says(name, "option-accepted", 2, option="voucher-20")

    async def wait_for_nothing(self) -> None:
        """The one clock of the road is put forward, and goes on from there: nothing else is asked for the time."""
        ahead = f"interval '{LATER.total_seconds():.0f} s'"
        async with self.road.engine.begin() as tx:
            await tx.exec_driver_sql(
                "create or replace function clock.now() returns timestamptz language sql stable parallel safe "
                f"as $$ select clock_timestamp() + {ahead} $$"
            )

    async def is_promised_a_call(self) -> None:
        due = datetime.now(UTC) + LATER / 2
        said = {"what": "ring her", "due": due.isoformat(), **HEAD}
        await self.post("offer", f"/admin/cases/{EVE}/promises", said, {"Idempotency-Key": "ring-eve"})

    # ── billing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def is_not_paid(self) -> None:
        """Twice the same word; and of the others' remedies it hears that they came, twice, too."""
        failed = self.bill(DAN, "failed", "goodwill/voucher-20/1", "dan-failed")
        paid = [self.bill(name, "completed", "remedy/-/1", f"{name}-paid") for name in LIVES]
        await self.road.publish(PAYOUTS, failed, *paid, failed, *reversed(paid))

    async def is_due_again_and_paid(self) -> None:
        """By a person; then billing says that it was paid, once more that it had failed, and once more that it was paid."""
        key = "goodwill/voucher-20/1"
        said = {"by": "Rosa Stern", "role": "billing", "reason": "They gave us another account."}
        for again in (False, True):
            await self.post("offer", f"/admin/payouts/{case(DAN)}/{key}/again", said, again=again)
        await self.is_so("renew", "payout-due", 3, DAN)  # the remedy, the voucher, and the voucher once more
        paid = self.bill(DAN, "completed", key, "dan-paid")
        await self.road.publish(PAYOUTS, paid, self.bill(DAN, "failed", key, "dan-failed"), paid)
        await self.road.publish(PAYOUTS, self.bill(FINN, "completed", key, "finn-paid"))

    def bill(self, name: str, said: str, key: str, number: str) -> dict[str, Any]:
        facts = {"key": f"{case(name)}/{key}", "customer": name.lower(), "at": YESTERDAY}
        return {"type": f"billing.payout-{said}.v1", "id": number, **facts}

    # ── the ways in ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def says(self, name: str, kind: str, round_: int, **more: Any) -> None:
        """On the phone to Ida; once it lies before them."""
        said = {"kind": kind, "round": round_, "by": "Ida", **more}
        await self.post("notifier", f"/admin/cases/{case(name)}/answers", said)

    async def post(self, service: str, path: str, body: Any, headers: Any = None, again: bool = False) -> None:
        """Until it is taken; or known to have been, where it is said `again` or the answer to it was lost."""
        key = {"Authorization": f"Bearer {self.road.settings.admin_key}"} | (headers or {})
        last, known = "", again

        async def taken() -> bool:
            nonlocal last, known
            try:
                async with httpx.AsyncClient(timeout=10) as client:
                    answer = await client.post(f"{self.road.address(service)}{path}", json=body, headers=key)
            except httpx.TransportError as away:
                last, known = repr(away), known or not isinstance(away, httpx.ConnectError)
                return False
            last = answer.text
            return answer.is_success or (known and answer.status_code == 409 and _is_heard(answer.json()))

        await until(taken, f"{path} takes {body}", told=lambda: f"{last}\n{self.road.told()}")

    async def is_so(self, what: str, kind: str, count: int, *names: str) -> None:
        """Wait until each of them has so many events of that kind."""
        statement = """select count(*) from offer.timeline t, json_array_elements(cast(t.moments as json)) as m (moment)
        where t."case" = any(:cases) and m.moment ->> 'type' = :kind"""
        cases = [case(name) for name in names]

        async def there() -> bool:
            rows = await self.road.rows(statement, cases=cases, kind=f"amends.{kind}.v1")
            return bool(rows[0].count >= count * len(names))

        await until(there, f"{what}: {count} {kind} of {', '.join(names)}", told=self.road.told)


def _is_heard(problem: dict[str, Any]) -> bool:
    title = str(problem.get("title", ""))
    return title.startswith("already ") or title in ("is due", "answered already")


def euro(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def ended_well(seen: Seen) -> None:
    """Each of them got what their story says, and nothing twice; the oracle has looked at all else."""
    gifts = {name: [due for due in seen.of(name, e.PayoutDue) if due.ledger == "goodwill"] for name in LIVES}
    assert [due.amount for due in gifts[ANA]] == [Money(Decimal("60.00"), "EUR")]
    once = {BO: ["as-amended"], CLEO: ["voucher-20"], DAN: ["voucher-20"] * 2, EVE: [], FINN: ["voucher-20"]}
    got = {name: [due.key.split("/")[2] for due in gifts[name]] for name in once}
    assert got == once, got
    assert [made.ledger for made in seen.of(DAN, e.PaymentMade)] == ["remedy", "goodwill"]
    assert [made.late for made in seen.of(FINN, e.PaymentMade) if made.ledger == "goodwill"] == [True]
    assert seen.one(FINN, e.PaymentDelayed).key == f"{case(FINN)}/goodwill/voucher-20/1"
    assert seen.one(EVE, e.PromiseMissed).what == "ring her"
    assert [put.round for put in seen.of(EVE, (e.ApologyOffered, e.OptionsOffered))] == [1, 2, 3]
    for name in (ANA, BO, CLEO, DAN, FINN):
        assert seen.one(name, e.CaseSettled)
