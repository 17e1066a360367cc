"""End-to-end tests: a real service, and real clients, unchanged."""

import pytest

# So that the assertions of these modules tell what they saw.
pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("asking", "browsing", "journeys", "loading", "running", "wiretap"))
)
