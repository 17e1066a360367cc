"""No deadline for the examples of property tests: a busy machine is slow, and a slow example is not a wrong one."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
