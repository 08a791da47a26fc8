"""What a fact, a literal or a result can be while a rule is worked out: exact, never a float."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

Number = int | Decimal | Fraction
"""Exact. What was counted is an int. A quotient that no decimal can hold is a Fraction, so that dividing and multiplying
again loses nothing."""

Value = datetime | date | timedelta | Number | bool | str | None | tuple["Value", ...] | Mapping[str, "Value"]
"""By type: instant: an aware datetime · date, and month as its first day: a date · duration: a timedelta · number,
money (in its currency's unit), percent (10 for 10 %), distance (in metres): Number · flag: bool · code and proof: str
(a proof is `proved`, `asserted` or `unknown`) · list: a tuple · record: a mapping · no code at all (`none`): None."""
