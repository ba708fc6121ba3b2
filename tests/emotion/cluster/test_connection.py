"""One connection to a reader over HTTP, against a small server of the test's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from emotion.cluster.connection import Connection
from emotion.cluster.wire import ROUTE, WITHIN_HEADER, Answer, encode_answer
from emotion.errors import ClusterAwayError, ClusterError
from tests.fakes import a_reading

GOOD = Answer("fake@1", (a_reading(),))
PATIENT_S = 30.0


class Server(ThreadingHTTPServer):
    """Answers with one status and body after another, the last one again at the end; None never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[tuple[int, bytes] | None] = [(200, encode_answer(GOOD))]
        self.seen: list[tuple[str, bytes, str | None]] = []
        self.peers: set[object] = set()
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"ray://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.peers.add(self.client_address)
        answer = self.server.script[min(len(self.server.seen), len(self.server.script) - 1)]
        self.server.seen.append((self.path, body, self.headers[WITHIN_HEADER]))
        if answer is None:
            self.server.ended.wait(PATIENT_S)
            self.close_connection = True
            return
        status, said = answer
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.ended.set()
        made.shutdown()
        thread.join()


def test_pictures_go_over_one_connection_and_say_how_long_they_wait(server: Server) -> None:
    way = Connection(server.address)
    for _ in range(3):
        answer = way.read(b"picture", PATIENT_S)
        assert answer.model_version == "fake@1" and len(answer.readings) == 1
    way.close()
    assert server.seen == [(ROUTE, b"picture", "30000")] * 3
    assert len(server.peers) == 1


@pytest.mark.parametrize("status", [400, 408, 500, 503])
def test_a_picture_that_is_not_read_is_told_and_the_next_one_sent(server: Server, status: int) -> None:
    server.script = [(status, b"busy"), (200, encode_answer(GOOD))]
    way = Connection(server.address)
    with pytest.raises(ClusterError, match=str(status)) as caught:
        way.read(b"1", PATIENT_S)
    assert not isinstance(caught.value, ClusterAwayError)
    assert way.read(b"2", PATIENT_S).readings
    way.close()


def test_a_connection_that_breaks_off_is_opened_again(server: Server) -> None:
    server.script = [(0, b""), (200, encode_answer(GOOD))]
    way = Connection(server.address)
    with pytest.raises(ClusterError):
        way.read(b"1", PATIENT_S)
    assert way.read(b"2", PATIENT_S).readings
    way.close()


def test_a_late_answer_is_never_taken_for_the_next_pictures(server: Server) -> None:
    server.script = [None, (200, encode_answer(Answer("second@1", ())))]
    way = Connection(server.address)
    with pytest.raises(ClusterError, match=r"no answer in 0\.05 s"):
        way.read(b"1", 0.05)
    server.ended.set()
    assert way.read(b"2", PATIENT_S).model_version == "second@1"
    way.close()
    assert len(server.peers) == 2


def test_an_answer_of_another_service_means_that_the_reader_is_away(server: Server) -> None:
    server.script = [(404, b"Path '/read' not found.")]
    way = Connection(server.address)
    with pytest.raises(ClusterAwayError, match="no reader runs there"):
        way.read(b"1", PATIENT_S)
    server.script = [(200, b"<html>welcome</html>")]
    with pytest.raises(ClusterError, match="Expected the readings"):
        way.read(b"2", PATIENT_S)
    way.close()


def test_where_nobody_listens_the_cluster_is_away() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        way = Connection(f"ray://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ClusterAwayError, match="connection refused"):
            way.read(b"1", PATIENT_S)


@pytest.mark.parametrize("address", ["host:8000", "http://host:8000", "ray://"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="Expected ray://host:port"):
        Connection(address)
