from flask import Flask, jsonify

from shop.admin import admin
from shop.catalogue import catalogue
from shop.orders import OrderItems, OrderList, OrderOne


def create_app():
    app = Flask(__name__, static_folder=None)

    @app.route("/")
    def home():
        return "shop\n"

    @app.get("/health")
    def health():
        return jsonify(ok=True)

    app.register_blueprint(catalogue, url_prefix="/catalogue")
    app.register_blueprint(admin, url_prefix="/admin")
    app.add_url_rule("/orders", view_func=OrderList.as_view("orders"))
    app.add_url_rule("/orders/<uuid:order>", view_func=OrderOne.as_view("order"))
    app.add_url_rule("/orders/<uuid:order>/items/<int:item>", view_func=OrderItems.as_view("items"))
    return app
