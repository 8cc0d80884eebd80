from django.urls import path

from improvements.api.pages import form_page, sent_page

urlpatterns = [
    path("reclamation", form_page, name="public-complaint"),
    path("reclamation/envoyee", sent_page, name="public-complaint-sent"),
]
