"""Pictures a second with one client and with four at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.server import Server, studio

EACH = 6


def measure_clients() -> dict[str, float]:
    """A client sends its next job when the one before is finished, as people do."""
    with studio() as server:
        run(server, 4)  # the widest useful pack is found on real work
        one = [rate(server, 1) for _ in range(2)]
        four = [rate(server, 4) for _ in range(2)]
    return {
        "1 client, pictures a second": max(one),
        "4 clients, pictures a second": max(four),
        "4 clients / 1 client": max(four) / max(one),
    }


def rate(server: Server, clients: int) -> float:
    start = time.perf_counter()
    run(server, clients)
    return clients * EACH / (time.perf_counter() - start)


def run(server: Server, clients: int) -> None:
    def client(number: int) -> None:
        for picture in range(EACH):
            server.finish(server.submit(seed=100 * number + picture))

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
