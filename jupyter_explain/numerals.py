"""Single numbers as short text, the same wherever they stand: in rules, cuts and a row's own values."""

from __future__ import annotations

LARGE = 1e9  # from here on zeros are counted, not read


def tidy(text: str) -> str:
    """`1.00e-07` as `1e-7`."""
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"


def brief(value: float) -> str:
    """Four significant digits, all digits of large numbers, no trailing zeros."""
    if 1e4 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return tidy(f"{value + 0.0:.4g}")  # no −0


def decimal(value: float) -> str:
    """A number to its last digit (it has few); very large ones with an exponent, where that is shorter."""
    full = tidy(f"{value:.15g}")
    return min(tidy(f"{value:.14e}"), full, key=len) if abs(value) >= LARGE else full
