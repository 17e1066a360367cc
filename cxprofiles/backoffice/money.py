"""Amounts of money as the screens write them."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

USUAL_DIGITS = 2
# ISO 4217: the currencies whose smallest unit is not a hundredth.
WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
DIGITS = {**dict.fromkeys(WHOLE.split(), 0), **dict.fromkeys(THOUSANDTHS.split(), 3)}


def amount_in_words(amount: Decimal | float, currency: str) -> str:
    """An amount to the smallest unit of its currency, as the reader's language writes it: 647.10, 647,10, 1,200."""
    digits = DIGITS.get(currency, USUAL_DIGITS)
    exact = Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return number_format(exact, decimal_pos=digits, use_l10n=True, force_grouping=True)


def money_in_words(amount: Decimal | float, currency: str) -> str:
    """The same with its currency: 647.10 EUR; alone where no currency was said."""
    return f"{amount_in_words(amount, currency)} {currency}".strip()
