"""What the server process does beside the pages."""

from __future__ import annotations

import asyncio
import inspect

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.watcher import polling_path_watcher

from ui.app import server
from ui.app.server import (
    CONFIGURATION_LOOK_S,
    DOWNLOAD_KEPT_S,
    Departures,
    keep_downloads,
    look_at_configuration_seldom,
    wake_seldom,
)


def test_streamlit_looks_at_its_configuration_as_often_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    period = "_POLLING_PERIOD_SECS"
    monkeypatch.setattr(polling_path_watcher, period, 0.2)
    look_at_configuration_seldom()
    assert getattr(polling_path_watcher, period) == CONFIGURATION_LOOK_S
    assert period in inspect.getsource(polling_path_watcher.PollingPathWatcher._schedule)


def test_a_server_that_wakes_seldom_answers_with_the_time_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn.Server, "main_loop", uvicorn.Server.main_loop)
    wake_seldom()
    monkeypatch.setattr(server, "TICK_S", 0.05)
    ticks: list[int] = []
    real = uvicorn.Server.on_tick

    async def counted(self: uvicorn.Server, counter: int) -> bool:
        ticks.append(counter)
        return await real(self, counter)

    monkeypatch.setattr(uvicorn.Server, "on_tick", counted)

    async def serve() -> httpx.Response:
        serving = uvicorn.Server(uvicorn.Config(Starlette(), port=0, log_level="error"))
        task = asyncio.create_task(serving.serve())
        while not serving.started:
            await asyncio.sleep(0.01)
        port = serving.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")
        while len(ticks) < 3:
            await asyncio.sleep(0.01)
        serving.should_exit = True
        await asyncio.wait_for(task, 60)
        return answer

    answer = asyncio.run(serve())
    assert answer.headers["date"]
    assert ticks[:3] == [0, 10, 20], "uvicorn takes the time at every tenth"


# --- downloads -----------------------------------------------------------------------------------------


def clicked_download() -> tuple[MediaFileManager, MemoryMediaFileStorage, str]:
    """A file just made by a click, as Streamlit does it; no browser has fetched it yet."""
    storage = MemoryMediaFileStorage("/media")
    files = MediaFileManager(storage)
    url = files.execute_deferred(files.add_deferred(lambda: b"a,b", "text/csv", "1.2", "table.csv"))
    return files, storage, url.rsplit("/", 1)[-1].partition(".")[0]


def test_a_download_outlasts_the_runs_of_other_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr(server.time, "monotonic", lambda: now_s)
    monkeypatch.setattr(media_file_manager, "MediaFileMetadata", MediaFileMetadata)
    keep_downloads()
    files, storage, name = clicked_download()
    for _ in range(20):
        files.remove_orphaned_files()
    assert storage.get_file(name).content == b"a,b"
    now_s += DOWNLOAD_KEPT_S
    files.remove_orphaned_files()
    assert files.read_file(name) is None, "it is in memory for good"


def test_streamlit_alone_still_drops_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once this fails, ``keep_downloads`` can go."""
    monkeypatch.setattr(media_file_manager, "MediaFileMetadata", MediaFileMetadata)
    files, _, name = clicked_download()
    files.remove_orphaned_files()
    files.remove_orphaned_files()
    assert files.read_file(name) is None


# --- browsers that go ----------------------------------------------------------------------------------


async def leaves_while_it_is_told_something(websocket: WebSocket) -> None:
    """As Streamlit's own endpoint does: one part sends, the other one waits, and then closes."""
    await websocket.accept()
    with pytest.raises(WebSocketDisconnect):
        await websocket.send_text("news")
    try:
        await websocket.receive_bytes()
    finally:
        await websocket.close()


async def is_closed_twice(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()
    await websocket.close()


async def goes_and_is_answered(websocket: WebSocket) -> None:
    await websocket.accept()
    with pytest.raises(WebSocketDisconnect):
        await websocket.receive_bytes()
    await websocket.send_text("too late")


async def is_never_accepted(websocket: WebSocket) -> None:
    await websocket.receive_bytes()


def serve(endpoint: object, *, departures: bool = True) -> None:
    """One connection; its browser is gone when it is sent something, or asked for something."""
    comes = iter(["websocket.connect", "websocket.disconnect"])

    async def receive() -> Message:
        return {"type": next(comes), "code": 1006}

    async def send(message: Message) -> None:
        if message["type"] == "websocket.send":
            raise OSError("Expected a browser. Received: none")

    app: object = Starlette(routes=[WebSocketRoute("/", endpoint)])  # type: ignore[arg-type]
    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
    asyncio.run((Departures(app) if departures else app)(scope, receive, send))  # type: ignore[arg-type, operator]


@pytest.mark.parametrize(
    "endpoint", [leaves_while_it_is_told_something, is_closed_twice, goes_and_is_answered]
)
def test_a_browser_that_has_gone_is_no_fault_of_the_app(endpoint: object) -> None:
    with pytest.raises((WebSocketDisconnected, WebSocketDisconnect)):
        serve(endpoint, departures=False)
    serve(endpoint)


def test_a_socket_that_was_never_accepted_is_a_fault() -> None:
    with pytest.raises(WebSocketDisconnected):
        serve(is_never_accepted)
