"""A line to a server far away: all that passes is held back for half a round trip in each direction.

python -m bench.distance --to PORT --port PORT [--milliseconds 50]     a process of its own, ended by a signal
"""

import argparse
import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import free_port


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Hands on what is read, each piece `delay` seconds later; many pieces may be on the way at once."""
    clock, on_the_way = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

    async def arrive() -> None:
        while True:
            due, data = await on_the_way.get()
            await asyncio.sleep(due - clock.time())
            if not data:
                writer.close()
                return
            writer.write(data)

    arriving = asyncio.ensure_future(arrive())
    try:
        while data := await reader.read(65536):
            on_the_way.put_nowait((clock.time() + delay, data))
    finally:
        on_the_way.put_nowait((clock.time() + delay, b""))
        await arriving


async def _serve(port: int, to: int, delay: float) -> None:
    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)
        for end in (writer, far_writer):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = (_carry(reader, far_writer, delay), _carry(far_reader, writer, delay))
        await asyncio.gather(*ways, return_exceptions=True)  # either side may be cut

    server = await asyncio.start_server(connection, "127.0.0.1", port)
    await server.serve_forever()


@contextmanager
def far_away(to: int, round_trip: float) -> Iterator[int]:
    """The port at which the server at `to` answers `round_trip` seconds later; `to` itself for none."""
    if not round_trip:
        yield to
        return
    port = free_port()
    argv = ["--to", str(to), "--port", str(port), "--milliseconds", str(1000 * round_trip)]
    process = subprocess.Popen([sys.executable, "-m", "bench.distance", *argv])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    """Returns once `port` answers. Raises TimeoutError when it does not within a quarter of a minute."""
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--to", type=int, required=True)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--milliseconds", type=float, default=50, help="of a round trip")
    given = arguments.parse_args()
    asyncio.run(_serve(given.port, given.to, given.milliseconds / 2000))


if __name__ == "__main__":
    main()
