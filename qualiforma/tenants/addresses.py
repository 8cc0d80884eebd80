"""Public URLs of the open organisation's pages, for links in mails."""

from urllib.parse import urlsplit

from django.conf import settings

from qualiforma.tenants.context import current_tenant
from qualiforma.tenants.models import Domain


def site_address() -> str:
    """Return `https://acme.example` of the open organisation: its primary domain.

    Scheme and port are the installation's. Cost: one statement.
    """
    public = urlsplit(settings.PUBLIC_URL)
    host = Domain.objects.get(tenant=current_tenant(), is_primary=True).domain
    port = f":{public.port}" if public.port else ""
    return f"{public.scheme}://{host}{port}"
