"""A wire between viewers and the site that can be cut: a proxy for TCP that stops passing on."""

from __future__ import annotations

import asyncio
from contextlib import suppress

CHUNK = 65_536


class Wire:
    """Passes on whatever comes, in both directions, unless it is cut.

    A cut loses nothing and closes nothing: as on a network, what was sent waits, and new connections get no
    answer.

    Args:
        port: of the site on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> str:
        """Begins to listen; returns the site's address through this wire."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        """Stops passing on; from any thread, once it is open."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """Passes on again, what waited first; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._whole.set)

    async def close(self) -> None:
        """Ends every connection."""
        self.mend()
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._writers):
            writer.close()
        while self._writers:
            await asyncio.sleep(0.05)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, up_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(reader, up_writer))
                group.create_task(self._pass_on(up_reader, writer))
        finally:
            self._writers -= {writer, up_writer}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
