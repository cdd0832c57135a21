"""Numbers as a reader sees them: compact, rounded once, and never a zero for what is missing."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

NOT_AVAILABLE = "not available"

Writer = Callable[[Any], str]

_MINUS = "\N{MINUS SIGN}"
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹"}
_STEPS = ((Decimal("1e9"), "bn"), (Decimal("1e6"), "m"), (Decimal("1e3"), "k"))


def number(value: Any) -> Decimal | None:
    """Read any number (int, float, Decimal, numpy) as an exact decimal; None where there is none.

    Floats are read by their shortest text, so that 0.15 rounds as 0.15 and not as 0.1499999.
    None, NaN, NaT, pandas' NA and infinities are all "none".
    """
    if value is None:
        return None
    if not isinstance(value, (int, float, Decimal)):
        value = value.item() if hasattr(value, "item") else value
    try:
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return exact if exact.is_finite() else None


def text(value: Any) -> str:
    """Write a name or a text as it is."""
    return NOT_AVAILABLE if value is None or value != value else str(value)


def count(value: Any) -> str:
    """Write a whole number with thousands separators: ``12,310``."""
    exact = number(value)
    return NOT_AVAILABLE if exact is None else _grouped(exact, 0)


def decimal(value: Any, places: int = 1) -> str:
    """Write a number with a fixed number of decimals: ``1.5``."""
    exact = number(value)
    return NOT_AVAILABLE if exact is None else _grouped(exact, places)


def average(value: Any) -> str:
    """Write a mean of counts: ``0.42``, ``9.10``, ``12.3``."""
    exact = number(value)
    return NOT_AVAILABLE if exact is None else _grouped(exact, 2 if abs(exact) < 10 else 1)


def money(value: Any, currency: str) -> str:
    """Write an amount with three or four digits: ``£3.04m``, ``£30.4k``, ``£1,067``, ``£612``, ``£48.60``."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    size = _significant(abs(exact), 3)
    whole = abs(exact).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if 1000 <= whole < 10_000:  # what one customer brings reads better in full
        return _sign(exact) + _symbol(currency) + f"{whole:,f}"
    for step, suffix in _STEPS:
        if size >= step:
            text = _trimmed(_significant(size / step, 3)) + suffix
            break
    else:
        text = _trimmed(size) if size >= 100 or size == 0 else _grouped(abs(exact), 2)
    return (_sign(exact) if any(digit in text for digit in "123456789") else "") + _symbol(currency) + text


def money_exact(value: Any, currency: str) -> str:
    """Write an amount to the hundredth: ``£3,039,532.47``."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    rounded = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return _sign(rounded) + _symbol(currency) + _grouped(abs(rounded), 2)


def share(value: Any) -> str:
    """Write a share of one without decimals: ``12%``; what would round to nothing is ``<1%``."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    if 0 < exact < Decimal("0.005"):
        return "<1%"
    if Decimal("0.995") <= exact < 1:
        return ">99%"
    return _grouped(exact * 100, 0) + "%"


def percent(value: Any, places: int = 1) -> str:
    """Write a rate of change with one decimal: ``1.3%``."""
    exact = number(value)
    return NOT_AVAILABLE if exact is None else _grouped(exact * 100, places) + "%"


def signed(value: Any, write: Writer = count) -> str:
    """Write a change with its sign: ``+410``, ``−612``; what prints as nothing has no sign, and what `write` signs itself no second one."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    text = write(value)
    bare = exact > 0 and not text.startswith("+") and any(digit in text for digit in "123456789")
    return f"+{text}" if bare else text


def share_change(value: Any) -> str:
    """Write a change of a share in points: ``+0.4 points``, ``−14.5 points``, ``+1.0 points``."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    return f"{signed(exact * 100, decimal)} points"


def points(value: Any, places: int = 0) -> str:
    """Write a net promoter score, kept as a fraction from -1 to 1, in points with its sign: ``+14``, ``−8``, ``0``."""
    exact = number(value)
    return NOT_AVAILABLE if exact is None else signed(exact * 100, lambda each: _grouped(each, places))


def interval(low: Any, high: Any, write: Writer = count) -> str:
    """Write an interval as ``31 to 38``."""
    if number(low) is None or number(high) is None:
        return NOT_AVAILABLE
    return f"{write(low)} to {write(high)}"


def writer(unit: str) -> Writer:
    """Give the function that writes values of a unit.

    Parameters
    ----------
    unit
        ``share`` (0 to 1), ``rate`` (0 to 1, one decimal), ``points`` (of a net promoter score), ``average`` (of
        counts: two digits after the point below ten, then one), an ISO currency code such as ``GBP``, or anything
        that is counted (``customers``, ``rows``, ``transactions``).
    """
    if unit == "share":
        return share
    if unit == "rate":
        return percent
    if unit == "average":
        return average
    if unit == "points":
        return points
    if len(unit) == 3 and unit.isupper():
        return lambda value: money(value, unit)
    return count


def _symbol(currency: str) -> str:
    return _SYMBOLS.get(currency, f"{currency} " if currency else "")


def _sign(value: Decimal) -> str:
    return _MINUS if value < 0 else ""


def _grouped(value: Decimal, places: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return _sign(rounded) + f"{abs(rounded):,f}"


def _significant(value: Decimal, digits: int) -> Decimal:
    """Round to significant digits; 999,950 becomes 1,000,000 and so takes the next suffix."""
    if not value:
        return value
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), rounding=ROUND_HALF_UP)


def _trimmed(value: Decimal) -> str:
    """Write three significant digits (3.04, 30.4, 304), whatever exponent the rounding left."""
    places = max(0, 2 - value.adjusted()) if value else 0
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


def exact_writer(currency: str) -> Writer:
    """Give the function that writes money to the hundredth."""
    return lambda value: money_exact(value, currency)


def money_interval(low: Any, high: Any, currency: str) -> str:
    """Write an interval of money with two digits, rounded outwards: ``£1.9m to £2.3m``, ``£310 to £340``.

    The ends of a model's interval are worth no more digits, and what is printed holds what was found.
    """
    ends = (number(low), number(high))
    if ends[0] is None or ends[1] is None:
        return NOT_AVAILABLE
    return f"{_rough(ends[0], currency, ROUND_FLOOR)} to {_rough(ends[1], currency, ROUND_CEILING)}"


def compact(value: Any) -> str:
    """Write a number in as few letters as two digits need: ``940``, ``1.2k``, ``12k``, ``1.2m``; below ten one decimal."""
    exact = number(value)
    if exact is None:
        return NOT_AVAILABLE
    near = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return _sign(near) + f"{abs(near) or 0}" if abs(near) < 10 else _rough(exact, "", ROUND_HALF_UP)


def _rough(value: Decimal, currency: str, rounding: str) -> str:
    """Round to two digits and write them with the suffix of their size."""
    if not value:
        return _symbol(currency) + "0"
    rounded = value.quantize(Decimal(1).scaleb(value.adjusted() - 1), rounding=rounding)
    size = abs(rounded)
    if currency and 1000 <= size < 10_000:
        return _sign(rounded) + _symbol(currency) + f"{size:,f}"
    step, suffix = next(((step, suffix) for step, suffix in _STEPS if size >= step), (Decimal(1), ""))
    size /= step
    places = max(0, 1 - size.adjusted()) if size else 0
    text = f"{size.quantize(Decimal(1).scaleb(-places)):,f}"
    return (
        (_sign(rounded) if any(digit in text for digit in "123456789") else "")
        + _symbol(currency)
        + text
        + suffix
    )
