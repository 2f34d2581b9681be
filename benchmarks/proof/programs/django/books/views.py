import json
from datetime import datetime, timezone

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone as zones
from django.utils.formats import date_format
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from books.forms import WishForm
from books.models import Book, Wish


def as_json(book: Book) -> dict[str, object]:
    return {"id": book.id, "title": book.title, "year": book.year, "price": str(book.price)}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "books/home.html", {"books": Book.objects.order_by("title")})


def wishes(request: HttpRequest) -> HttpResponse:
    form = WishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        request.session["wished"] = request.session.get("wished", 0) + 1
        return redirect("/wishes/")
    wished = request.session.get("wished", 0)
    return render(request, "books/wishes.html", {"form": form, "wishes": Wish.objects.all(), "wished": wished})


@csrf_exempt
def books(request: HttpRequest) -> JsonResponse:
    if request.method == "POST":
        try:
            said = json.loads(request.body)
            made = Book.objects.create(title=str(said["title"]), year=int(said["year"]), price=said.get("price", "5.00"))
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"error": "a book has a title and a year"}, status=400)
        made.refresh_from_db()
        return JsonResponse(as_json(made), status=201)
    return JsonResponse([as_json(book) for book in Book.objects.order_by("id")], safe=False)


@csrf_exempt
def book(request: HttpRequest, id: int) -> HttpResponse:
    found = get_object_or_404(Book, id=id)
    if request.method == "DELETE":
        found.delete()
        return HttpResponse(status=204)
    return JsonResponse(as_json(found))


@require_GET
def receipt(request: HttpRequest, id: int) -> HttpResponse:
    found = get_object_or_404(Book, id=id)
    text = f"{found.title}: {found.price} EUR, VAT {round(float(found.price) * 0.07, 2)}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"X-Receipt": f"B{found.id:05}"})


@require_GET
def year(request: HttpRequest, year: int) -> JsonResponse:
    return JsonResponse([as_json(book) for book in Book.objects.filter(year=year)], safe=False)


@require_GET
def opening(request: HttpRequest) -> JsonResponse:
    opens = zones.localtime(datetime(2024, 10, 4, 7, tzinfo=timezone.utc))
    return JsonResponse({"opens": opens.isoformat(), "said": date_format(opens, "DATETIME_FORMAT")})


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"books": Book.objects.count() > 0})
