"""What people see."""

from flask import Blueprint, Response, abort, redirect, render_template, request, session
from markdown import markdown

from guestbook import store

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> str:
    return render_template("home.html", entries=store.entries(), name=session.get("name", ""))


@pages.post("/sign")
def sign() -> Response:
    name, text = request.form.get("name", "").strip(), request.form.get("text", "").strip()
    if not name or not text:
        abort(400, "name and text are needed")
    session["name"] = name
    store.add(name, text)
    return redirect("/", 303)


@pages.get("/entries/<int:number>")
def entry(number: int) -> str:
    found = store.entry(number) or abort(404)
    return render_template("entry.html", entry=found, html=markdown(found["text"], extensions=["tables"]))


@pages.get("/me")
def me() -> dict[str, str]:
    return {"name": session.get("name", "nobody")}


@pages.get("/robots.txt")
def robots() -> Response:
    return Response("User-agent: *\nDisallow: /files/\n", mimetype="text/plain")
