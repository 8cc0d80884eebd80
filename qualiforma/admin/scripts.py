"""The scripts of every page of records."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import SELECT2_TRANSLATIONS
from django.utils.translation import get_language
from unfold.admin import ModelAdmin

OWN = (
    *("backoffice/pickers.js", "backoffice/labels.js", "backoffice/calendar.js"),
    *("backoffice/touched.js", "backoffice/unsaved.js", "backoffice/rows.js"),
)
_Base: Any = ModelAdmin if TYPE_CHECKING else object


class Scripts(_Base):
    """Pages with our scripts and searched selects."""

    @property
    def media(self) -> forms.Media:
        """Add the searched selects, with their words in the page's language."""
        language = SELECT2_TRANSLATIONS.get(get_language() or "")
        # English is built in. Before `jquery.init.js`, after which jQuery is a private name.
        words = [f"admin/js/vendor/select2/i18n/{language}.js"] if language != "en" else []
        scripts = (
            f"admin/js/vendor/jquery/jquery{'' if settings.DEBUG else '.min'}.js",
            "admin/js/vendor/select2/select2.full.js",
            *words,
            "admin/js/jquery.init.js",
            "unfold/js/select2.init.js",
        )
        styles = ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")
        return cast(
            "forms.Media", super().media + forms.Media(js=(*scripts, *OWN), css={"screen": styles})
        )
