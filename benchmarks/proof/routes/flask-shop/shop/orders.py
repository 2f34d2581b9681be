from flask import jsonify, request
from flask.views import MethodView


class OrderList(MethodView):
    def get(self):
        return jsonify([])

    def post(self):
        return jsonify(request.get_json(silent=True) or {}), 201


class OrderOne(MethodView):
    def get(self, order):
        return jsonify(id=str(order))

    def patch(self, order):
        return jsonify(id=str(order), changed=True)


class OrderItems(MethodView):
    def get(self, order, item):
        return jsonify(order=str(order), item=item)
