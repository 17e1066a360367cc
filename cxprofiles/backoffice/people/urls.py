"""The paths of people and preferences."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.people import preferences, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("backoffice/people/", views.people_page),
    path("backoffice/people/invite/", views.invite_page),
    path("backoffice/people/<int:user_id>/", views.person_page),
    path("backoffice/people/<int:user_id>/roles/", views.roles_page),
    path("backoffice/people/<int:user_id>/deactivate/", views.deactivate_page),
    path("backoffice/people/<int:user_id>/reactivate/", views.reactivate_page),
    path("backoffice/people/<int:user_id>/second-factor/", views.second_factor_page),
    path("backoffice/people/<int:user_id>/email/", views.email_page),
    path("backoffice/people/<int:user_id>/sessions/", views.sessions_page),
    path("backoffice/people/<int:user_id>/link/", views.link_page),
    path("backoffice/preferences/", preferences.preferences_page),
]
