"""The trail as a list: which entries the page's filters mean."""

import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from qualiforma.accounts.models import User
from qualiforma.admin.form_fields import choice_field
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import object_types, sentences
from qualiforma.audit.sources import Source
from qualiforma.search import Searchable

Events = QuerySet[AuditEvent]
LENGTH = 80
WORDS_MAX = 5


class AuditFilterForm(forms.Form):
    """What to look for. Everything is optional; days are Paris days, both included."""

    q = forms.CharField(label=_("Mots"), required=False, max_length=200)
    since = forms.DateField(label=_("Du"), required=False)
    until = forms.DateField(label=_("Au"), required=False)
    actor = forms.ChoiceField(label=_("Auteur"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    object_type = forms.ChoiceField(label=_("Type de fiche"), required=False)
    object_id = forms.CharField(
        label=_("Identifiant de la fiche"), required=False, max_length=LENGTH
    )
    door = forms.ChoiceField(
        label=_("Origine"), required=False, choices=[("", "–"), *Source.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.order_by("name", "pk").values_list("pk", "name")
        description = ((code, str(text) % {"actor": "…"}) for code, text in sentences.items())
        types = ((one, str(name).capitalize()) for one, name in object_types.items())
        self._choose("actor", people)
        self._choose("action", sorted(description, key=lambda one: one[1]))
        self._choose("object_type", sorted(types, key=lambda one: one[1]))
        for name, field in self.fields.items():
            kind = {"type": "date"} if name in {"since", "until"} else {}
            field.widget = (
                UnfoldAdminSelectWidget(choices=field.choices)
                if isinstance(field, forms.ChoiceField)
                else UnfoldAdminTextInputWidget(attrs=kind)
            )

    def _choose(self, name: str, choices: Any) -> None:
        choice_field(self, name).choices = [("", "–"), *choices]

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", _("La fin vient avant le début."))

    def events(self) -> Events:
        """Return the entries that are meant, newest first; none while a filter is malformed."""
        events: Events = AuditEvent.objects.order_by("-seq")
        if not self.is_valid():
            return events.none()
        given = self.cleaned_data
        for name in ("actor", "action", "object_type", "door"):
            if given[name]:
                events = events.filter(**{name: given[name]})
        if object_id := given["object_id"].strip():
            events = events.filter(Q(object_id=object_id) | Q(root_id=object_id))
        if given["since"]:
            events = events.filter(at__gte=_start_of(given["since"]))
        if given["until"] and given["until"] != date.max:
            events = events.filter(at__lt=_start_of(given["until"] + timedelta(days=1)))
        return _saying(events, given["q"])

    def description(self) -> dict[str, str]:
        """Return the filters that are set, as they were given."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_default_timezone())


class KeptValues(Func):
    """All clear values of an entry as one text; sensitive ones have none."""

    template = "(SELECT string_agg(one.value ->> 1, ' ') FROM jsonb_each(%(expressions)s) AS one)"
    output_field = TextField()


def _saying(events: Events, words: str) -> Events:
    """Keep the entries that contain each word: in a value, in the sentence, or as an id.

    Cost: reads every entry that the other filters leave; no index serves values.
    """
    for word in words.split()[:WORDS_MAX]:
        events = events.alias(said=Searchable(Coalesce(KeptValues("clear"), Value("")))).filter(
            Q(said__contains=Searchable(Value(word)))
            | Q(action__in=_actions_saying(word))
            | Q(object_id=word)
            | Q(root_id=word)
            | Q(request_id=word)
            | Q(actor=word)
        )
    return events


def _actions_saying(word: str) -> list[str]:
    wanted = _folded(word)
    return [
        code for code, text in sentences.items() if wanted in _folded(str(text) % {"actor": ""})
    ]


def _folded(text: str) -> str:
    """As `Searchable` sees it."""
    apart = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(one for one in apart if not unicodedata.combining(one)).lower()
