"""What a step lacked, said on the next page to who took it."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from improvements.services.policy import Lack


def warn(request: HttpRequest, lacks: Iterable[Lack]) -> None:
    """Say each thing that was not given."""
    for one in lacks:
        messages.warning(request, gettext("Non renseigné : %s") % one.text)
