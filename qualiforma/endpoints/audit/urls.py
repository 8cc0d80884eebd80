from django.urls import path

from qualiforma.endpoints.audit.views import AuditEventViewSet

urlpatterns = [
    path("audit-events", AuditEventViewSet.as_view({"get": "list"}), name="audit-event-list"),
]
