"""The paths of a profile's timeline."""

from django.urls import path

from cxprofiles.backoffice.profile.timeline import interaction_page, timeline_page

urlpatterns = [
    path("backoffice/profiles/<uuid:profile_id>/timeline/", timeline_page),
    path("backoffice/profiles/<uuid:profile_id>/timeline/<uuid:interaction_id>/", interaction_page),
]
