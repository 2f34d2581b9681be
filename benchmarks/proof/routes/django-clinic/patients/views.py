from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

PATIENTS = {"1": "Ada", "2": "Bob"}


class Patients(ViewSet):
    def list(self, request):
        return Response(PATIENTS)

    def create(self, request):
        return Response(request.data, status=201)

    def retrieve(self, request, pk=None):
        return Response({"name": PATIENTS.get(pk)}, status=200 if pk in PATIENTS else 404)

    def destroy(self, request, pk=None):
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def discharge(self, request, pk=None):
        return Response({"discharged": pk})

    @action(detail=False)
    def recent(self, request):
        return Response(list(PATIENTS)[-1:])


class Beds(APIView):
    def get(self, request, ward, bed):
        return Response({"ward": ward, "bed": bed})

    def put(self, request, ward, bed):
        return Response(request.data)


@api_view(["GET", "POST"])
def notes(request, slug):
    return Response({"note": slug, "by": request.method})
