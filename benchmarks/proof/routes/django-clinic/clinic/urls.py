from django.http import JsonResponse
from django.urls import include, path, re_path

urlpatterns = [
    path("health/", lambda request: JsonResponse({"ok": True})),
    path("api/", include([path("v1/", include("patients.urls")), path("v2/", include("patients.urls_v2"))])),
    re_path(r"^archive/(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/$", lambda request, year, month: JsonResponse({"year": year})),
]
