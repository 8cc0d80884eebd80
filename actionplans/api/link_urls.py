from django.urls import path

from actionplans.api.pages import exported_file

urlpatterns = [path("export/<str:token>", exported_file, name="export-link")]
