from django.urls import include, path
from rest_framework.routers import SimpleRouter

from patients import views

router = SimpleRouter()
router.register("patients", views.Patients, basename="patient")

urlpatterns = [
    path("", include(router.urls)),
    path("wards/<str:ward>/beds/<int:bed>/", views.Beds.as_view()),
]
