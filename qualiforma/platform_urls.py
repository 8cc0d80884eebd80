"""`/admin/` on the platform's own hosts; every other path is as everywhere."""

from django.urls import path

from qualiforma import urls
from qualiforma.admin.platform import site

urlpatterns = [path("admin/", site.urls), *urls.urlpatterns]

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
