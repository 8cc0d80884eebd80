from django.urls import path

from qualiforma.webhooks.api import DeliveryViewSet, EndpointViewSet

urlpatterns = [
    path(
        "webhook-endpoints",
        EndpointViewSet.as_view({"get": "list", "post": "create"}),
        name="webhook-endpoint-list",
    ),
    path(
        "webhook-endpoints/<id:endpoint_id>",
        EndpointViewSet.as_view(
            {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
        ),
        name="webhook-endpoint-detail",
    ),
    path(
        "webhook-endpoints/<id:endpoint_id>/rotate",
        EndpointViewSet.as_view({"post": "rotate"}),
        name="webhook-endpoint-rotate",
    ),
    path(
        "webhook-endpoints/<id:endpoint_id>/test",
        EndpointViewSet.as_view({"post": "test"}),
        name="webhook-endpoint-test",
    ),
    path(
        "webhook-endpoints/<id:endpoint_id>/deliveries",
        DeliveryViewSet.as_view({"get": "list"}),
        name="webhook-delivery-list",
    ),
    path(
        "webhook-endpoints/<id:endpoint_id>/deliveries/<id:delivery_id>/resend",
        DeliveryViewSet.as_view({"post": "resend"}),
        name="webhook-delivery-resend",
    ),
]
