"""How hard the property tests try: HYPOTHESIS_PROFILE=deep for thousands of examples each."""

import os

from hypothesis import HealthCheck, settings

# No deadline: the machine may be busy with other tests, and a slow example is not a wrong one.
settings.register_profile("quick", deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("quick"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
