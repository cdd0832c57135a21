"""More customers or better ones? What two intakes brought in their first months, in quantity and in quality."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from custlib.measure.difference import Difference, Months, Sums, across_months, mean_difference


@dataclass(frozen=True)
class Intake:
    """Two intakes at equal ages, and what makes the difference of what they brought.

    Attributes
    ----------
    months : int
        Months counted of each customer, that of the acquisition included.
    customers_now, customers_then : int
        Customers won.
    total_now, total_then : Decimal
        What they brought in those months, in the company's currency.
    margin_now, margin_then : Decimal
        The same per customer won.
    quantity, quality : Fraction
        The part of the change of the total that more (or fewer) customers make, at the mean of both intakes' margin per
        head; and the part that another margin per head makes, at the mean of both sizes. They add up to it exactly.
    difference : Difference or None
        Of margin per head, with its 95% interval; None where an intake has fewer than two customers, or all are alike.
    """

    months: int
    customers_now: int
    customers_then: int
    total_now: Decimal
    total_then: Decimal
    quantity: Fraction
    quality: Fraction
    difference: Difference | None

    @property
    def margin_now(self) -> Decimal:
        """What a customer of the latest intake brought."""
        return self.total_now / self.customers_now

    @property
    def margin_then(self) -> Decimal:
        """What a customer of the one before brought."""
        return self.total_then / self.customers_then

    @property
    def change(self) -> Decimal:
        """By how much the latest intake brought more."""
        return self.total_now - self.total_then

    @property
    def low(self) -> float | None:
        """Lower limit of the difference per head; None where it has no interval."""
        return self.difference.low if self.difference else None

    @property
    def high(self) -> float | None:
        """Upper limit of the difference per head; None where it has no interval."""
        return self.difference.high if self.difference else None

    @property
    def better(self) -> int:
        """1: better customers, beyond chance; -1: worse; 0: cannot be told."""
        if self.difference is None or not self.difference.measurable:
            return 0
        return 1 if self.difference.low > 0 else -1


def intake(
    now: Sums, then: Sums, *, months: int, months_now: Months = (), months_then: Months = ()
) -> Intake | None:
    """Split the change from one intake to the next into quantity and quality.

    Parameters
    ----------
    now, then : Sums
        Customers won in two equal stretches of time, what each brought in the first `months` months, and its squares.
    months_now, months_then : sequence of (int, number)
        Customers of each month of acquisition and what they brought; given, the interval is widened where months differ
        by more than their customers would (see `custlib.measure.difference.across_months`).

    Returns
    -------
    Intake or None
        None where one of them has nobody.

    References
    ----------
    As `custlib.measure.mix.split`: neither intake is the standard of the other (Kitagawa 1955).
    """
    if not now.customers or not then.customers:
        return None
    a, b = Fraction(now.total) / now.customers, Fraction(then.total) / then.customers
    found = mean_difference(now, then)
    if found is not None and months_now and months_then:
        found = across_months(found, months_now, months_then)
    return Intake(
        months, now.customers, then.customers, now.total, then.total,
        quantity=(now.customers - then.customers) * (a + b) / 2,
        quality=(a - b) * (now.customers + then.customers) / 2,
        difference=found,
    )  # fmt: skip
