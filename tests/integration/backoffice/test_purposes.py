"""Purposes and notices for staff: seen as a tree, changed after a preview, published for good."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from consent.models import Notice, Purpose
from consent.purpose_reading import read_ages
from cxprofiles.backoffice.purposes.changing import region_lines
from profiles.models import ConfigurationChange
from profiles.purpose_changes import publish_notice
from profiles.purpose_previews import count_answers, preview_purpose
from tests.factories.callers import Caller
from tests.factories.consents import decision, tell_consents

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
HERE = "/backoffice/purposes/"


def form_of(key: str, **changes: Any) -> dict[str, Any]:
    """The form of a purpose as the page fills it, with some fields otherwise."""
    from consent.purpose_reading import read_purpose

    held = read_purpose(key)
    assert held is not None
    plain = held.described()
    form: dict[str, Any] = {name: plain[name] for name in plain if isinstance(plain[name], str)}
    for code in ("en", "de", "id"):
        form |= {f"name_{code}": held.name.get(code, ""), f"text_{code}": held.text.get(code, "")}
    form |= {"categories": ", ".join(held.categories), "channels": list(held.channels), "regions": region_lines(held)}
    if held.double_opt_in:
        form["double_opt_in"] = "on"
    return {**form, "act": "preview", **changes}


def previewed(officer: Client, key: str, **changes: Any) -> dict[str, Any]:
    """The form of a change once it was previewed, as it is applied."""
    form = form_of(key, **changes)
    page = officer.post(f"{HERE}one/{key}/change/", form)
    return {**form, "seen": page.context["seen"], "act": "apply"}


def test_the_tree_shows_what_each_purpose_rests_on(staff: Staff) -> None:
    page = staff("analyst").get(HERE).content.decode()
    assert "Learning how our service is used" in page
    assert "Legitimate interest" in page
    assert 'class="depth-1"' in page, "marketing.email stands below marketing"
    assert "New purpose" not in page, "an analyst may look only"


def test_one_purpose_shows_its_texts_and_its_history(staff: Staff) -> None:
    officer = staff("privacy_officer")
    officer.post(f"{HERE}one/analytics/change/", previewed(officer, "analytics", expires_after="P6M"))
    page = officer.get(f"{HERE}one/analytics/").content.decode()
    assert "6 months" in page
    assert "Verstehen, wie unser Dienst genutzt wird" in page
    assert "<strong>A yes ends after</strong>" in page
    assert "privacy_officer-" in page, "who changed it"


def test_a_change_is_previewed_before_it_is_made(staff: Staff) -> None:
    service = Caller()
    for n in range(3):
        tell_consents(service, decision("analytics"), by={"type": "email", "value": f"p{n}@example.org"})
    tell_consents(service, decision("analytics", "denied"), by={"type": "email", "value": "no@example.org"})
    before = Purpose.objects.get(key="analytics").legal_basis
    form = form_of("analytics", act="preview", legal_basis="legitimate_interest", default="allowed", name_en="Counting")
    page = staff("privacy_officer").post(f"{HERE}one/analytics/change/", form).content.decode()
    assert "Of 4 profiles looked at, none would get another answer now." in page
    assert "Name (en)" in page
    assert Purpose.objects.get(key="analytics").legal_basis == before
    form = form_of("research", act="preview", legal_basis="contract", default="allowed")
    page = staff("privacy_officer").post(f"{HERE}one/research/change/", form).content.decode()
    assert "Of 4 profiles looked at, it would begin to be allowed for 4, and cease for 0." in page


def test_the_counts_of_a_preview_are_those_of_the_rules() -> None:
    from consent.purpose_reading import read_purpose
    from consent.purposes import Purpose as Rule

    tell_consents(Caller(), decision("research"), by={"type": "email", "value": "a@example.org"})
    tell_consents(Caller(), decision("analytics"), by={"type": "email", "value": "b@example.org"})
    asked, free = Rule("research"), Rule("research", legal_basis="public_task", default="allowed")
    counted = count_answers(asked, free)
    assert (counted.looked_at, counted.begin, counted.cease, counted.sampled) == (2, 1, 0, False)
    back = count_answers(free, asked)
    assert (back.begin, back.cease) == (0, 1)
    held = read_purpose("research")
    assert held is not None
    assert preview_purpose(key="research", fields=held).fields == []


def test_a_change_is_in_force_at_once_and_can_be_taken_back(staff: Staff) -> None:
    officer = staff("privacy_officer")
    form = previewed(
        officer, "ads.sale_share", reask_after="P3M", regions="US-CA allowed\nDE denied", channels=["web", "app"]
    )
    page = officer.post(f"{HERE}one/ads.sale_share/change/", form, follow=True).content.decode()
    row = Purpose.objects.get(key="ads.sale_share")
    assert (row.reask_after, row.channels) == ("P3M", ["web", "app"])
    assert row.regions == {"US-CA": {"default": "allowed"}, "DE": {"default": "denied"}}
    token = page.split('name="token" value="')[1].split('"')[0]
    said = officer.post("/backoffice/undo/", {"token": token, "next": HERE}, follow=True).content.decode()
    assert "The purpose is set as it was before." in said
    assert len(Purpose.objects.get(key="ads.sale_share").regions) == 21


def test_an_undo_does_not_overwrite_what_was_changed_since(staff: Staff) -> None:
    officer = staff("privacy_officer")
    page = officer.post(f"{HERE}one/research/change/", previewed(officer, "research", reask_after="P3M"), follow=True)
    token = page.content.decode().split('name="token" value="')[1].split('"')[0]
    officer.post(f"{HERE}one/research/change/", previewed(officer, "research", reask_after="P9M"))
    said = officer.post("/backoffice/undo/", {"token": token, "next": HERE}, follow=True).content.decode()
    assert "changed again since then" in said
    assert Purpose.objects.get(key="research").reask_after == "P9M"


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(staff: Staff) -> None:
    officer = staff("privacy_officer")
    stale = previewed(officer, "research", reask_after="P3M")
    officer.post(f"{HERE}one/research/change/", previewed(officer, "research", reask_after="P9M"))
    page = officer.post(f"{HERE}one/research/change/", stale).content.decode()
    assert "Somebody changed this purpose meanwhile" in page
    assert Purpose.objects.get(key="research").reask_after == "P9M"


def test_nothing_is_applied_that_was_not_previewed(staff: Staff) -> None:
    officer = staff("privacy_officer")
    seen = previewed(officer, "research", reask_after="P3M")
    page = officer.post(f"{HERE}one/research/change/", seen | {"legal_basis": "contract", "default": "allowed"})
    assert page.context["preview"].fields, "what it would do now is shown instead"
    assert "Somebody changed this purpose meanwhile" not in page.content.decode()
    assert "Somebody changed" not in officer.post(f"{HERE}one/research/change/", seen | {"seen": ""}).content.decode()
    held = Purpose.objects.get(key="research")
    assert (held.legal_basis, held.reask_after) == ("consent", "P12M")
    officer.post(f"{HERE}one/research/change/", seen)
    assert Purpose.objects.get(key="research").reask_after == "P3M"


def test_a_preview_and_a_history_speak_the_language_of_the_reader(staff: Staff) -> None:
    officer = staff("privacy_officer")
    officer.cookies["django_language"] = "de"
    changes = {"legal_basis": "legitimate_interest", "default": "allowed", "expires_after": "P6M", "channels": ["web"]}
    form = form_of("research", **changes)
    preview = officer.post(f"{HERE}one/research/change/", form)
    assert [line[1:] for line in preview.context["preview_lines"]] == [
        ("Einwilligung", "Berechtigtes Interesse"),
        ("verweigert", "erlaubt"),
        ("nicht vorhanden", "Website"),
        ("nicht vorhanden", "6 Monate"),
    ]
    officer.post(f"{HERE}one/research/change/", form | {"seen": preview.context["seen"], "act": "apply"})
    history = officer.get(f"{HERE}one/research/").content.decode()
    assert "Berechtigtes Interesse</span>" in history
    assert "legitimate_interest" not in history
    wrong = officer.post(f"{HERE}one/research/change/", form | {"text_en": "x" * 5_000})
    assert "keine Steuerzeichen" in wrong.content.decode()


def test_a_new_purpose_is_made_where_its_key_is_free(staff: Staff) -> None:
    officer = staff("privacy_officer")
    form = {"key": "surveys", "legal_basis": "consent", "default": "denied", "least_assurance": "device"}
    form["name_en"] = "Surveys"
    page = officer.post(f"{HERE}new/", {**form, "act": "preview"}).content.decode()
    assert "A new purpose begins" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    officer.post(f"{HERE}new/", {**form, "act": "apply", "seen": seen})
    assert Purpose.objects.get(key="surveys").name == {"en": "Surveys"}
    again = officer.post(f"{HERE}new/", {**form, "act": "apply", "seen": seen})
    assert again.status_code == 422
    assert "There is a purpose of this key already" in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"default": "allowed"}, "denied until it is given"),
        ({"legal_basis": "whim"}, "Choose a legal basis"),
        ({"expires_after": "a year"}, "P12M for twelve months"),
        ({"categories": "Behaviour!"}, "lower-case words"),
        ({"regions": "Atlantis allowed"}, "one region a line"),
        ({"regions": "US-CA"}, "one region a line"),
        ({"regions": "US-CA maybe"}, "one region a line"),
        ({"address_type": "fax"}, "identifier type that exists"),
        ({"name_en": "x" * 300}, "1 to 200 characters"),
        ({"notice": "No Notice"}, "lower-case words"),
        ({"text_en": "a\x00b"}, "cannot be stored"),
        ({"text_en": "x" * 1_000_000}, "too long"),
    ],
)
def test_what_a_purpose_cannot_be_is_refused_on_the_form(staff: Staff, changes: dict[str, Any], said: str) -> None:
    before = Purpose.objects.get(key="analytics").legal_basis
    answer = staff("privacy_officer").post(f"{HERE}one/analytics/change/", form_of("analytics", **changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Purpose.objects.get(key="analytics").legal_basis == before
    assert not ConfigurationChange.objects.filter(subject="purpose:analytics").exists()


def publish(client: Client, **fields: Any) -> Any:
    told = {"key": "news", "version": "2026-01", "text_en": "We write.", "text_de": "Wir schreiben.", "terms": ""}
    return client.post(f"{HERE}publish/", {**told, "confirm": told["version"], **fields}, follow=True)


def test_a_version_is_published_in_its_languages_for_good(staff: Staff) -> None:
    officer = staff("privacy_officer")
    assert "Published in: en, de." in publish(officer).content.decode()
    assert "It stood so already." in publish(officer).content.decode()
    refused = publish(officer, text_en="We write otherwise.")
    assert refused.status_code == 409
    assert "never changes. Publish a new version." in refused.content.decode()
    assert Notice.objects.get(key="news", language="en").text == "We write."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"confirm": ""}, "Type the version to confirm"),
        ({"text_en": "", "text_de": ""}, "in one language at least"),
        ({"terms": "[1]"}, "Terms are a JSON object"),
        ({"terms": "{" * 9000}, "Terms are a JSON object"),
        ({"terms": '{"nonsense": 1}'}, "its members may be pii_controllers"),
        ({"version": "v 1", "confirm": "v 1"}, "up to 50 letters"),
        ({"key": "News!"}, "lower-case words"),
        ({"text_en": "a\x01b"}, "one of a notice 50,000"),
    ],
)
def test_what_cannot_be_published_is_refused_on_the_form(staff: Staff, fields: dict[str, Any], said: str) -> None:
    answer = publish(staff("privacy_officer"), **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Notice.objects.filter(key="news").exists()


def test_a_notice_tells_its_purposes_and_how_many_decisions_name_it(staff: Staff) -> None:
    publish_notice(key="news", version="3", language="de", text="Wir schreiben.", actor="test")
    Purpose.objects.filter(key="marketing").update(notice="news")
    for n in range(3):
        tell_consents(Caller(), decision("analytics"), by={"type": "email", "value": f"n{n}@example.org"})
    page = staff("auditor").get(f"{HERE}notices/news/").content.decode()
    assert '<td class="number">3</td>' in page
    assert f"{HERE}one/marketing/" in page
    version = staff("auditor").get(f"{HERE}notices/news/3/").content.decode()
    assert "Wir schreiben." in version
    assert "3 decisions name it." in version


def test_ages_are_set_refused_and_taken_back(staff: Staff) -> None:
    officer = staff("privacy_officer")
    page = officer.post(f"{HERE}ages/set/", {"country": "*", "years": "18"}, follow=True).content.decode()
    held = read_ages()["*"]
    assert held == 18
    if "undo" in page and 'name="token"' in page:
        token = page.split('name="token" value="')[1].split('"')[0]
        officer.post("/backoffice/undo/", {"token": token, "next": HERE})
    for bad in ({"country": "XXX", "years": "16"}, {"country": "DE", "years": "99"}, {"country": "DE", "years": "old"}):
        answer = officer.post(f"{HERE}ages/set/", bad)
        assert answer.status_code == 422, bad
    assert staff("analyst").post(f"{HERE}ages/set/", {"country": "DE", "years": "16"}).status_code == 403


@pytest.mark.parametrize("path", ["one/nonsense/", "one/a%00b/", "notices/nonsense/", "notices/x/y/", "one/x/change/"])
def test_what_is_not_there_is_not_there(staff: Staff, path: str) -> None:
    assert staff("privacy_officer").get(HERE + path).status_code == 404


def test_who_may_only_see_changes_nothing(staff: Staff) -> None:
    analyst = staff("analyst")
    assert analyst.get(f"{HERE}one/analytics/").status_code == 200
    for path in ("one/analytics/change/", "new/", "publish/"):
        assert analyst.get(HERE + path).status_code == 403
        assert analyst.post(HERE + path, form_of("analytics")).status_code == 403
    assert staff("steward").get(HERE).status_code == 403


def test_thousands_cost_no_more_queries(staff: Staff, django_assert_max_num_queries: Any) -> None:
    Purpose.objects.bulk_create(
        Purpose(key=f"many.p{n}", legal_basis="consent", default="denied", name={"en": f"Purpose {n}"}, notice=f"n{n}")
        for n in range(2000)
    )
    Notice.objects.bulk_create(
        Notice(key=f"n{n % 400}", version=f"{n}", language="en", text=f"Text {n}", sha256="0" * 64) for n in range(2000)
    )
    officer = staff("privacy_officer")
    for path in ("", "one/many.p7/", "one/many.p7/change/", "notices/", "notices/n7/", "notices/n7/407/", "ages/"):
        officer.get(HERE + path)
        with django_assert_max_num_queries(15):
            assert officer.get(HERE + path).status_code == 200, path
    form = form_of("many.p7", act="preview", reask_after="P1M")
    with django_assert_max_num_queries(15):
        assert officer.post(f"{HERE}one/many.p7/change/", form).status_code == 200
