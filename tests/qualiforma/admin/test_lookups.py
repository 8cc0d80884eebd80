"""What an address may ask of a list: the filters that its page offers, and no other column."""

import pytest

from qualiforma.admin.site import site


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?password__startswith=argon2",
        "accounts/user/?token_generation=1",
        "compliance/needsanalysis/?accessibility_needs__icontains=malentendante",
        "compliance/needsanalysis/?created_by_id=usr_alice",
        "training/submission/?answers__icontains=a",
    ],
)
def test_a_column_that_no_filter_offers_is_not_asked(auditor_client, asked):
    assert auditor_client.get(f"/admin/{asked}").status_code == 400


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?role__exact=AUDITOR&is_active__exact=1",
        "compliance/needsanalysis/?company__id__exact=cmp_one&status__exact=DRAFT",
        "actionplans/action/?status=OPEN",
    ],
)
def test_what_a_filter_offers_is(auditor_client, asked):
    assert auditor_client.get(f"/admin/{asked}").status_code == 200


def test_the_rule_is_every_pages(rf, acme):
    """Whatever is listed one day: what has secrets inherits it."""
    hidden = {"password", "accessibility_needs", "answers", "rationale"}
    for model, page in site._registry.items():
        for column in hidden & {one.name for one in model._meta.fields}:
            assert not page.lookup_allowed(f"{column}__startswith", "a", rf.get("/")), model
