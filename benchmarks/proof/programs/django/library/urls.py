"""Pages at the top, everything else below /api/."""

from django.urls import include, path

from books import views

urlpatterns = [
    path("", views.home),
    path("wishes/", views.wishes),
    path("api/", include("books.urls")),
]
