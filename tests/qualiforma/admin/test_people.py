"""The select of people on a page with many: who is chosen, and what it costs to write it."""

import re

from django.test.signals import template_rendered

from qualiforma.accounts.models import User
from tests.cast import ALICE
from tests.improvements.factories import make_plan

PAGE = "/admin/improvements/improvementplan/imp_5Fread/change/"
SELECT = re.compile(r'<select name="owner"(.*?)>(.*?)</select>', re.DOTALL)


def test_each_person_is_offered_once_and_the_owner_chosen(admin_client, acme):
    make_plan([{"description": "a"}], id="imp_read", owner_id=ALICE.id)
    User.objects.create(email="x@acme.fr", name="Zoé <Petit>", role="TRAINER", password="!")
    [(attributes, options)] = SELECT.findall(admin_client.get(PAGE).content.decode())
    assert "unfold-admin-autocomplete" in attributes
    assert 'id="id_owner"' in attributes
    assert re.findall(r'value="(\w*)" selected', options) == [ALICE.id]
    assert options.count("Zoé &lt;Petit&gt;") == 1


def test_more_people_render_no_more_templates(admin_client, acme):
    make_plan([{"description": "a"}], id="imp_read", owner_id=ALICE.id)
    admin_client.get(PAGE)
    rendered: list[int] = []

    def count(**_sent):
        rendered[-1] += 1

    template_rendered.connect(count)
    try:
        for size in (0, 30):
            User.objects.bulk_create(
                User(email=f"p{n}@acme.fr", name=f"Personne {n}", role="TRAINER", password="!")
                for n in range(size)
            )
            rendered.append(0)
            assert admin_client.get(PAGE).status_code == 200
    finally:
        template_rendered.disconnect(count)
    assert rendered[0] == rendered[1]
