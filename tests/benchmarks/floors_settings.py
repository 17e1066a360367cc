"""The service's settings, with the floors' views alone and no middleware: the least that a Django project can be."""

from cxprofiles.settings import *  # noqa: F403

MIDDLEWARE.clear()  # noqa: F405
ROOT_URLCONF = "tests.benchmarks.floors"
