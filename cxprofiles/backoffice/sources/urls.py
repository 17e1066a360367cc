"""The paths of the screens of sources."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.sources.connecting import arrived_part, connect_page
from cxprofiles.backoffice.sources.keys import keys_page, revoke_page, rotate_page
from cxprofiles.backoffice.sources.listing import sources_page
from cxprofiles.backoffice.sources.live import live_page, live_stream, reveal_page
from cxprofiles.backoffice.sources.one import source_page
from cxprofiles.backoffice.sources.quarantine import quarantine_page, replay_page
from cxprofiles.backoffice.sources.setting import change_page, new_page, settings_page

ONE = "backoffice/sources/<int:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("backoffice/sources/", sources_page),
    path("backoffice/sources/new/", new_page),
    path(ONE, source_page),
    path(f"{ONE}live/", live_page),
    path(f"{ONE}live/stream/", live_stream),
    path(f"{ONE}live/reveal/", reveal_page),
    path(f"{ONE}quarantine/", quarantine_page),
    path(f"{ONE}quarantine/replay/", replay_page),
    path(f"{ONE}settings/", settings_page),
    path(f"{ONE}settings/change/", change_page),
    path(f"{ONE}keys/", keys_page),
    path(f"{ONE}keys/rotate/", rotate_page),
    path(f"{ONE}keys/revoke/", revoke_page),
    path(f"{ONE}connect/", connect_page),
    path(f"{ONE}arrived/", arrived_part),
]
