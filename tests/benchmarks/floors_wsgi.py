"""The entry point of the floors' server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.floors_settings"

application = get_wsgi_application()
