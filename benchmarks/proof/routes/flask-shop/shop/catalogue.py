from flask import Blueprint, abort, jsonify, request

catalogue = Blueprint("catalogue", __name__)
reviews = Blueprint("reviews", __name__)
ITEMS = {1: "Tee", 2: "Brot"}


@catalogue.route("/")
def items():
    return jsonify(ITEMS)


@catalogue.route("/<int:number>")
def item(number):
    return jsonify(ITEMS.get(number) or abort(404))


@catalogue.route("/search")
def search():
    return jsonify([name for name in ITEMS.values() if request.args.get("q", "") in name])


@catalogue.route("/price/<float:amount>/<currency>")
def price(amount, currency):
    return f"{amount:.2f} {currency}\n"


@catalogue.route("/pictures/<path:name>")
def picture(name):
    return f"<svg><title>{name}</title></svg>", 200, {"Content-Type": "image/svg+xml"}


@reviews.route("/", methods=["GET", "POST"])
def listed():
    return jsonify(reviews=[], by=request.method)


@reviews.url_value_preprocessor
def take(endpoint, values):
    values.pop("number", None)


catalogue.register_blueprint(reviews, url_prefix="/<int:number>/reviews")
