"""A page that asks before a service changes a record, and shows what it refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from qualiforma.admin.form_errors import add_errors_to_form
from qualiforma.api.problems import page_status_of
from qualiforma.errors import RuleError


@dataclass(frozen=True)
class Question:
    """What a page asks: its texts, its form, and the service that answers."""

    title: Any
    consequence: Any
    icon: str
    done: Any
    form: forms.Form
    run: Callable[[], object]


def ask(
    request: HttpRequest, model_admin: Any, row: Any, back: str, question: Question
) -> HttpResponse:
    """Ask; on POST run the service and lead back, or show what it refused."""
    form, status = question.form, 200 if request.method != "POST" else 400
    if form.is_valid():
        try:
            with transaction.atomic():
                question.run()
        except RuleError as refusal:
            add_errors_to_form(form, refusal)
            status = page_status_of(refusal)
        else:
            messages.success(request, str(question.done))
            return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": question.title,
        "question": question,
        "form": form,
        "row": row,
        "back": back,
        "media": model_admin.media,
    }
    return TemplateResponse(request, "compliance/ask.html", context, status=status)
