from django.urls import path

from patients import views

urlpatterns = [path("notes/<slug:slug>/", views.notes)]
