import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import kaskad
from kaskad.client import Client, RequestError


@pytest.fixture(scope="module")
def server(dataset, tmp_path_factory):
    model = kaskad.Cooccurrence(window=1).fit(dataset)
    with kaskad.serve(model, events=tmp_path_factory.mktemp("events"), threads=1) as server:
        yield server


def test_a_server_answers_like_its_model(server, dataset):
    model = kaskad.Cooccurrence(window=1).fit(dataset)
    answer = server.client.recommend("user 3", k=3)
    mine = model.recommend(users=["user 3"], k=3)
    assert answer.item_ids == [str(item) for item in mine["item_id"]]
    assert [item.score for item in answer.items] == pytest.approx(mine["score"].tolist(), rel=1e-4)
    assert answer.model == "cooc" and answer.version
    assert server.client.recommend(history=["104"], k=1).item_ids == ["105"]
    assert server.address in server._repr_html_()


def test_events_are_known_at_once(server):
    server.client.events([{"user_id": "somebody", "item_id": "107"}])
    assert server.client.recommend("somebody", k=1).item_ids == ["108"]
    assert server.client.similar("103", k=1)[0].item_id == "104"


def test_a_wrong_request_is_told_in_the_servers_words(server):
    with pytest.raises(RequestError, match="k") as error:
        server.client.recommend("user 3", k=0)
    assert error.value.status == 400


def test_a_server_ends_with_its_process(dataset, tmp_path):
    kaskad.Popularity().fit(dataset).save(tmp_path / "bundle")
    code = (
        f"import kaskad, time\nserver = kaskad.serve({str(tmp_path / 'bundle')!r}, threads=1)\n"
        "print(server._process.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    for _ in range(200):
        try:
            with open(f"/proc/{child}/stat", encoding="utf-8") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the server outlived its process")


def test_what_cannot_be_served_says_why(tmp_path):
    with pytest.raises(kaskad.Error, match="nothing"):
        kaskad.serve(tmp_path / "nothing")


def test_a_client_asks_again():
    """A server of a few lines: busy twice, then a broken connection, then an answer."""
    replies = [
        b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Many\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"items": []}',
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    asked = []

    def answer():
        for reply in replies:
            connection, _ = listener.accept()
            asked.append(connection.recv(65536))
            connection.sendall(reply)
            connection.close()

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    client = Client(f"127.0.0.1:{listener.getsockname()[1]}", backoff=0.001)
    assert client.recommend("u").items == []
    thread.join(5)
    listener.close()
    assert len(asked) == 4
    with pytest.raises(kaskad.Error, match="refused"):
        Client(f"127.0.0.1:{_closed_port()}", retries=1, backoff=0.001).recommend("u")


def _closed_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_the_program_may_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv("KASKAD_PROGRAM", str(tmp_path / "missing"))
    with pytest.raises(kaskad.Error, match="KASKAD_PROGRAM"):
        kaskad.program()
    monkeypatch.delenv("KASKAD_PROGRAM")
    assert shutil.which(kaskad.program())
