"""The web process's entry point: the hot doors in front of Django, in one process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxprofiles.settings")

django_application = get_wsgi_application()

# The doors read Django's settings and models, which are there only now.
# The views are imported with them, so that what is wrong in one ends the start rather than somebody's request.
import cxprofiles.urls  # noqa: E402, F401
from cxprofiles.doors.front import front_door  # noqa: E402

application = front_door(django_application)
