"""A small client of the server's HTTP, for tests, notebooks and services."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import select
import threading
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from ._kaskad import Error

__all__ = ["Answer", "Client", "Item", "RequestError"]

#: An item, or an item with its time and action.
Event = str | int | Mapping[str, Any]

_AGAIN = (429, 503)


class RequestError(Error):
    """An answer that is an error. `status` is HTTP's; the text is the server's."""

    def __init__(self, status: int, text: str):
        super().__init__(f"status {status}: {text}")
        self.status = status


@dataclasses.dataclass(frozen=True)
class Item:
    """One place of an answer. `details` has all that the server said of it."""

    item_id: str
    score: float
    title: str | None
    details: dict[str, Any] = dataclasses.field(repr=False, default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Answer:
    """Items, best first. `details` is the whole answer; `degraded` names stages that did not answer."""

    items: list[Item]
    model: str
    version: str
    request_id: str | None
    degraded: list[dict[str, Any]]
    details: dict[str, Any] = dataclasses.field(repr=False, default_factory=dict)

    @property
    def item_ids(self) -> list[str]:
        return [item.item_id for item in self.items]


class Client:
    """Asks one server. Threads may share it; each has a connection of its own.

    Args:
        address: "http://HOST:PORT".
        timeout: seconds for an answer.
        retries: how often a request is made again that the server refused for being busy (429, 503), or
            that met a broken connection, where asking twice does no harm. Waits double from `backoff`
            seconds on, with jitter; what the server says in Retry-After is kept.
        token: of `kaskad serve --write-token`.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float = 10,
        retries: int = 4,
        backoff: float = 0.05,
        token: str | None = None,
    ):
        parts = urllib.parse.urlsplit(address if "//" in address else f"http://{address}")
        if parts.scheme != "http" or parts.hostname is None:
            raise Error(f"client: found '{address}', expected http://HOST:PORT")
        self._host, self._port = parts.hostname, parts.port or 80
        self._timeout, self._retries, self._backoff, self._token = timeout, retries, backoff, token
        self._local = threading.local()

    def recommend(
        self,
        user_id: str | int | None = None,
        *,
        history: Sequence[Event] | None = None,
        k: int = 10,
        **more: Any,
    ) -> Answer:
        """The best items for a known user, or for a history (oldest first). Further fields of the request
        by name: exclude_seen, exclude, allow, now, explain, user_features, sources, request_id."""
        return _answer(
            self.post("/v1/recommend", _given(user_id=user_id, history=history, k=k, **more))
        )

    def search(
        self,
        query: str,
        user_id: str | int | None = None,
        *,
        history: Sequence[Event] | None = None,
        k: int = 10,
        **more: Any,
    ) -> Answer:
        """The best items for what a user searches for, through a cascade."""
        return _answer(
            self.post(
                "/v1/search", _given(query=query, user_id=user_id, history=history, k=k, **more)
            )
        )

    def rank(
        self,
        candidates: Sequence[Any],
        user_id: str | int | None = None,
        *,
        history: Sequence[Event] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A list of candidates in order."""
        return self.post(
            "/v1/rank",
            _given(candidates=list(candidates), user_id=user_id, history=history, **more),
        )

    def similar(self, item_id: str | int, k: int = 10) -> list[Item]:
        """Items most like one."""
        found = self.get(f"/v1/items/{urllib.parse.quote(str(item_id), safe='')}/similar?k={k}")
        return [_item(one) for one in found["items"]]

    def events(self, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What users did: user_id, item_id, and timestamp and action where known. Returned for, it is on
        the server's disk. Not made again over a broken connection: the server may have it."""
        return self.post(
            "/v1/events", {"events": [dict(event) for event in events]}, twice_is_fine=False
        )

    def is_ready(self) -> bool:
        """Whether requests are welcome."""
        try:
            return self._once("GET", "/v2/health/ready", None)[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> dict[str, Any]:
        """Any GET of the server's /openapi.json."""
        return self._ask("GET", path, None, True)

    def post(
        self, path: str, body: Mapping[str, Any], *, twice_is_fine: bool = True
    ) -> dict[str, Any]:
        """Any POST of the server's /openapi.json."""
        return self._ask("POST", path, json.dumps(body), twice_is_fine)

    def _ask(self, method: str, path: str, body: str | None, twice_is_fine: bool) -> dict[str, Any]:
        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                status, wait, text = self._once(method, path, body)
            except OSError as fault:
                if last or not twice_is_fine:
                    raise Error(f"{method} {path}: {fault}") from fault
                wait = None
            else:
                if status < 300:
                    return json.loads(text)
                if status not in _AGAIN or last:
                    raise RequestError(status, _message(text))
            pause = self._backoff * 2**attempt * (0.5 + random.random())
            time.sleep(pause if wait is None else max(wait, pause))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: str | None) -> tuple[int, float | None, str]:
        """Status, seconds to wait, text. A kept connection that the server has closed is opened again."""
        headers = {"Content-Type": "application/json"} if body else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        connection = getattr(self._local, "connection", None)
        if (
            connection is not None
            and connection.sock is not None
            and select.select([connection.sock], [], [], 0)[0]
        ):
            connection.close()  # the server has; what is sent would be lost
        if connection is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
            self._local.connection = connection
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as fault:
            connection.close()
            self._local.connection = None
            raise fault if isinstance(fault, OSError) else ConnectionError(repr(fault)) from fault
        wait = answer.getheader("Retry-After")
        return answer.status, float(wait) if wait and wait.isdigit() else None, text


def _given(**fields: Any) -> dict[str, Any]:
    return {
        name: list(value) if name == "history" else value
        for name, value in fields.items()
        if value is not None
    }


def _item(one: dict[str, Any]) -> Item:
    return Item(one["item_id"], one["score"], one.get("title"), one)


def _answer(found: dict[str, Any]) -> Answer:
    return Answer(
        [_item(one) for one in found["items"]],
        found.get("model", ""),
        found.get("version", ""),
        found.get("request_id"),
        found.get("degraded", []),
        found,
    )


def _message(text: str) -> str:
    try:
        return json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return text[:200]
