import asyncio

import tornado.web


class Home(tornado.web.RequestHandler):
    def get(self):
        self.write("chat\n")


class Rooms(tornado.web.RequestHandler):
    def get(self):
        self.write({"rooms": ["tea"]})

    def post(self):
        self.set_status(201)
        self.write({"bytes": len(self.request.body)})


class Room(tornado.web.RequestHandler):
    def get(self, room):
        self.write({"room": room})

    def delete(self, room):
        self.set_status(204)


class Message(tornado.web.RequestHandler):
    def get(self, room, number):
        self.write({"room": room, "number": int(number)})


class Health(tornado.web.RequestHandler):
    def get(self):
        self.write({"ok": True})


def application():
    return tornado.web.Application(
        [
            (r"/", Home),
            (r"/health", Health),
            (r"/rooms", Rooms),
            (r"/rooms/([^/]+)", Room),
            (r"/rooms/(?P<room>\w+)/messages/(?P<number>\d+)", Message),
            tornado.web.url(r"/rooms/(\w+)/latest/?", Room, name="latest"),
        ]
    )


async def main():
    application().listen(8000, address="0.0.0.0")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
