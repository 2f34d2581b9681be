import bottle
from bottle import Bottle, delete, get, post, request, route, run

NOTES = {1: "milk"}
admin = Bottle()


@get("/")
def home():
    return "notes\n"


@get("/health")
def health():
    return {"ok": True}


@get("/notes")
def notes():
    return {"notes": list(NOTES.values())}


@post("/notes")
def add():
    bottle.response.status = 201
    return {"bytes": len(request.body.read())}


@get("/notes/<number:int>")
def note(number):
    return {"note": NOTES.get(number)}


@delete("/notes/<number:int>")
def drop(number):
    bottle.response.status = 204


@route("/notes/<number:int>/copy", method=["GET", "POST"])
def copied(number):
    return {"copy": number}


@get("/share/<amount:float>/<who>")
def share(amount, who):
    return {"who": who, "amount": amount}


@get("/files/<name:path>")
def file(name):
    return {"file": name}


@get("/codes/<code:re:[a-z]{3}>")
def code(code):
    return {"code": code}


@admin.get("/users")
def users():
    return {"users": []}


@admin.put("/users/<name>")
def user(name):
    return {"user": name}


bottle.default_app().mount("/admin", admin)

if __name__ == "__main__":
    run(host="0.0.0.0", port=8000, quiet=True)
