from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from qualiforma.admin.site import site
from qualiforma.api.files import stored_file
from qualiforma.api.health import healthz, readyz
from qualiforma.api.observe import show_metrics
from qualiforma.api.views import root_page, unknown_route
from qualiforma.bundle.api import BundleViewSet
from qualiforma.calendars.api import MyCalendarView
from qualiforma.calendars.pages import calendar_feed
from qualiforma.endpoints.accounts.pages import password_page
from qualiforma.endpoints.accounts.urls import session_urls
from qualiforma.endpoints.qualiopi import GridViewSet
from qualiforma.endpoints.tenants import CurrentTenantView
from qualiforma.exports.pages import downloaded_file
from qualiforma.followup.api.reminders import DateViewSet, MyRemindersView, ReminderSettingsView
from qualiforma.followup.api.work import WorkViewSet
from qualiforma.followup.settings_pages import unsubscribe_page

api_urls: list[URLPattern | URLResolver] = [
    path("schema", SpectacularJSONAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("tenants/current", CurrentTenantView.as_view({"get": "retrieve"}), name="tenant-current"),
    path("qualiopi/grids", GridViewSet.as_view({"get": "index"}), name="qualiopi-grids"),
    path(
        "qualiopi/grids/<id:grid>", GridViewSet.as_view({"get": "retrieve"}), name="qualiopi-grid"
    ),
    path("me/work", WorkViewSet.as_view({"get": "list"}), name="my-work"),
    path("me/dates", DateViewSet.as_view({"get": "list"}), name="my-dates"),
    path(
        "me/reminders",
        MyRemindersView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="my-reminders",
    ),
    path(
        "reminder-settings",
        ReminderSettingsView.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="reminder-settings",
    ),
    path("", include("qualiforma.endpoints.accounts.urls")),
    path(
        "me/calendar",
        MyCalendarView.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="my-calendar",
    ),
    path("", include("qualiforma.endpoints.audit.urls")),
    path("", include("qualiforma.training.api.urls")),
    path("", include("improvements.api.urls")),
    path("", include("actionplans.api.urls")),
    path("", include("compliance.api.urls")),
    path("", include("qualiforma.webhooks.urls")),
    path(
        "audit-bundles",
        BundleViewSet.as_view({"get": "list", "post": "create"}),
        name="audit-bundle-list",
    ),
    path(
        "audit-bundles/<id:bundle_id>",
        BundleViewSet.as_view({"get": "retrieve"}),
        name="audit-bundle-detail",
    ),
]

urlpatterns = [
    path("api/v1/", include(api_urls)),
    path("platform/v1/", include((session_urls, "platform"))),
    path("links/password/<str:token>", password_page, name="password-link"),
    path("links/file/<str:token>", stored_file, name="file-link"),
    path("links/download/<str:token>", downloaded_file, name="download-link"),
    path("links/reminders/<str:token>", unsubscribe_page, name="reminders-link"),
    path("links/", include("actionplans.api.link_urls")),
    path("calendar/<str:token>.ics", calendar_feed, name="calendar-feed"),
    path("", include("improvements.api.public_urls")),
    path("admin/", site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", show_metrics, name="metrics"),
    path("", root_page, name="root"),
    # Django's own 404 is HTML, with DEBUG on even a page of its own.
    re_path(r"^", unknown_route),
]

handler400 = "qualiforma.api.views.unreadable"
handler403 = "qualiforma.api.views.forged"
handler404 = "qualiforma.api.views.unknown_route"
handler500 = "qualiforma.api.views.fault"
