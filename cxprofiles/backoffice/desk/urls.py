"""The paths of the privacy desk."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.desk import (
    bulk,
    counting,
    holds,
    keeping,
    listing,
    moving,
    one,
    parts,
    recipients,
    taking,
    tasks,
)

BASE = "backoffice/privacy/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, listing.list_page),
    path(f"{BASE}new/", taking.new_page),
    path(f"{BASE}bulk/", bulk.bulk_page),
    path(f"{BASE}log.csv", counting.log_file),
    path(f"{BASE}metrics/", counting.metrics_page),
    path(f"{BASE}deadlines/", counting.deadlines_page),
    path(f"{BASE}tasks/", tasks.tasks_page),
    path(f"{BASE}tasks/<int:number>/close/", tasks.close_page),
    path(f"{BASE}holds/", holds.holds_page),
    path(f"{BASE}holds/set/", holds.set_page),
    path(f"{BASE}holds/<str:name>/lift/", holds.lift_page),
    path(f"{BASE}keeping/", keeping.keeping_page),
    path(f"{BASE}recipients/", recipients.recipients_page),
    path(f"{BASE}recipients/new/", recipients.new_page),
    path(f"{BASE}recipients/<str:name>/", recipients.recipient_page),
    path(f"{BASE}recipients/<str:name>/change/", recipients.change_page),
    path(f"{BASE}recipients/<str:name>/rotate/", recipients.rotate_page),
    path(f"{BASE}recipients/<str:name>/secret/", recipients.secret_page),
    path(f"{BASE}recipients/<str:name>/test/", recipients.test_page),
    path(f"{BASE}recipients/<str:name>/disable/", recipients.disable_page),
    path(f"{BASE}deliveries/", recipients.deliveries_page),
    path(f"{BASE}deliveries/<uuid:delivery_id>/again/", recipients.again_page),
    path(f"{BASE}<uuid:request_id>/", one.request_page),
    path(f"{BASE}<uuid:request_id>/plan/", parts.plan_page),
    path(f"{BASE}<uuid:request_id>/steps/", parts.steps_page),
    path(f"{BASE}<uuid:request_id>/proof/", parts.proof_page),
    path(f"{BASE}<uuid:request_id>/letters/<str:kind>.pdf", parts.letter_page),
    path(f"{BASE}<uuid:request_id>/verify/", moving.verify),
    path(f"{BASE}<uuid:request_id>/approve/", moving.approve),
    path(f"{BASE}<uuid:request_id>/deny/", moving.deny),
    path(f"{BASE}<uuid:request_id>/extend/", moving.extend),
    path(f"{BASE}<uuid:request_id>/cancel/", moving.cancel),
    path(f"{BASE}<uuid:request_id>/acknowledge/", moving.acknowledge),
    path(f"{BASE}<uuid:request_id>/review/", moving.review),
    path(f"{BASE}<uuid:request_id>/retry/", moving.retry),
    path(f"{BASE}<uuid:request_id>/appeal/", moving.appeal),
    path(f"{BASE}<uuid:request_id>/decide/", moving.decide),
]
