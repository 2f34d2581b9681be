from django.urls import include, path

from books import views

books = [
    path("", views.books),
    path("<int:id>/", views.book),
    path("<int:id>/receipt/", views.receipt),
]

urlpatterns = [
    path("books/", include(books)),
    path("years/<int:year>/", views.year),
    path("opening/", views.opening),
    path("health", views.health),
]
