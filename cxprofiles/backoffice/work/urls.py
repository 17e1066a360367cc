"""The paths of the work list."""

from django.urls import path

from cxprofiles.backoffice.work.acting import answer_page, leave_page
from cxprofiles.backoffice.work.foreseeing import previews_page
from cxprofiles.backoffice.work.listing import list_page
from cxprofiles.backoffice.work.opening import case_page

urlpatterns = [
    path("backoffice/work/", list_page),
    path("backoffice/work/<uuid:case_id>/", case_page),
    path("backoffice/work/<uuid:case_id>/previews/", previews_page),
    path("backoffice/work/<uuid:case_id>/answer/", answer_page),
    path("backoffice/work/<uuid:case_id>/leave/", leave_page),
]
