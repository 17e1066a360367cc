"""Purposes as the database has them."""

from consent.models import ConsentAge
from consent.models import Purpose as PurposeRow
from consent.purposes import Purpose, Purposes


def load_purposes() -> Purposes:
    """All purposes, and the ages from which on people consent alone."""
    rows = {row.key: purpose_of(row) for row in PurposeRow.objects.all()}
    return Purposes(rows, dict(ConsentAge.objects.values_list("country", "years")))


def purpose_of(row: PurposeRow) -> Purpose:
    """A purpose's row as plain values."""
    return Purpose(
        key=row.key,
        legal_basis=row.legal_basis,
        default=row.default,
        categories=frozenset(row.categories),
        channels=tuple(row.channels),
        address_type=row.address_type,
        least_assurance=row.least_assurance,
        expires_after=row.expires_after,
        reask_after=row.reask_after,
        remind_after=row.remind_after,
        regions={region: rule["default"] for region, rule in row.regions.items()},
        double_opt_in=row.double_opt_in,
        notice=row.notice,
    )
