"""A reminder as a browser shows it: at 320 px, light and dark, in both languages."""

import pytest
from django.utils import timezone

from improvements.states import PlanStatus
from qualiforma.followup.digests import queue_digests
from qualiforma.followup.models import ReminderPreference
from tests.cast import TOM
from tests.chromium import needs_chromium, visit
from tests.improvements.factories import make_action, make_plan

pytestmark = [needs_chromium, pytest.mark.django_db]
LONG = "Réviser-le-livret-d-accueil-et-le-règlement-intérieur" * 3
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Of each text that is shown: how much it stands out from what is painted behind it, by WCAG 2.
FAINT = """() => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => numbers(colour).slice(0, 3).map((one) => one / 255)
        .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, rank) => sum + one * [0.2126, 0.7152, 0.0722][rank], 0);
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = getComputedStyle(one).backgroundColor;
            if ((numbers(colour)[3] ?? 1) === 1) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
        const both = [getComputedStyle(element).color, behind(element)].map(light);
        const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
        if (contrast < 4.5) faint.push(walker.currentNode.data.trim() + ' ' + contrast);
    }
    return faint;
}"""


def digest_of(mails, language):
    """The HTML part of what Tom is sent in this language."""
    ReminderPreference.objects.update_or_create(user_id=TOM.id, defaults={"language": language})
    plan = make_plan(title=LONG, status=PlanStatus.IN_PROGRESS)
    make_action(plan, description=LONG, owner_id=TOM.id, due_date=timezone.localdate())
    queue_digests(timezone.localdate())
    [mail] = [one for one in mails() if one.to == [TOM.email]]
    [(html, _type)] = mail.alternatives
    return html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_it_is_read_at_320_px_in_light_and_dark(acme, mails, language):
    html = digest_of(mails, language)
    backgrounds = set()
    with visit(viewport={"width": 320, "height": 640}) as visitor:
        page = visitor.page
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_content(html)
            assert page.locator("html").get_attribute("lang") == language
            assert page.evaluate(TOO_WIDE) <= 0
            assert page.evaluate(FAINT) == []
            card = page.locator(".card").evaluate("one => getComputedStyle(one).backgroundColor")
            backgrounds.add(card)
    assert len(backgrounds) == 2
