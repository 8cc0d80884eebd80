"""Puts import and export on the pages of every kind of record that has pages.

Kept apart from those pages: they need not know of it, users' least of all, whose page belongs to
the kernel.
"""

from qualiforma.admin.site import site
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.pages import ExchangePages

for _kind in KINDS.values():
    if site.is_registered(_kind.model):
        _pages = type(site.get_model_admin(_kind.model))
        site.unregister(_kind.model)
        site.register(
            _kind.model, type(_pages.__name__, (ExchangePages, _pages), {"exchanged": _kind})
        )
