from dataclasses import dataclass
from uuid import UUID

from litestar import Controller, Litestar, Router, delete, get, patch, post


@dataclass
class Plant:
    name: str
    height: float = 1.0


@get("/", sync_to_thread=False)
def home() -> str:
    return "garden"


@get("/health", sync_to_thread=False)
def health() -> dict[str, bool]:
    return {"ok": True}


class Plants(Controller):
    path = "/plants"

    @get(sync_to_thread=False)
    def all(self) -> list[Plant]:
        return [Plant("rose")]

    @post(sync_to_thread=False)
    def add(self, data: Plant) -> Plant:
        return data

    @get("/{number:int}", sync_to_thread=False)
    def one(self, number: int) -> Plant:
        return Plant(f"plant {number}")

    @patch("/{number:int}", sync_to_thread=False)
    def change(self, number: int, data: Plant) -> Plant:
        return data

    @delete("/{number:int}", sync_to_thread=False)
    def drop(self, number: int) -> None:
        return None

    @get("/{number:int}/leaves/{leaf:str}", sync_to_thread=False)
    def leaf(self, number: int, leaf: str) -> dict[str, str]:
        return {"leaf": leaf}


@get("/beds/{bed:uuid}", sync_to_thread=False)
def bed(bed: UUID) -> dict[str, str]:
    return {"bed": str(bed)}


@get("/water/{amount:float}", sync_to_thread=False)
def water(amount: float) -> dict[str, float]:
    return {"litres": amount}


tools = Router("/tools", route_handlers=[bed, water])
app = Litestar([home, health, Plants, tools], openapi_config=None)
