"""Making what is derived of identifiers anew, after interactions that it followed from were removed or changed."""

from collections.abc import Collection


def rederive(identifier_ids: Collection[int]) -> None:
    """Recompute facts, folds, links, flags and cards of identifiers from their stored interactions and the ledger.

    Exact: `rebuild_identity --check` finds nothing to change afterwards. Identifiers of which nothing is left are
    deleted. Call it in a transaction that has closed the gate and entered the lane (profiles/pipeline.py), after
    removing interactions, with all identifiers that these named.
    """
    raise NotImplementedError
