"""The real server, started from Python: what serves here is what serves in production."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ._grid import Grid
from ._kaskad import TORCH_VERSION, Error
from ._torch import need_torch
from .bundle import BundleModel
from .client import Client
from .dataset import PathLike
from .model import Model

__all__ = ["Server", "bundle_of", "flags", "pairs", "program", "run_program", "serve"]

_SERVING = re.compile(r"serving on (http://\S+)")


def program(name: str = "kaskad") -> str:
    """The path of `kaskad` (or `kaskad-train`): the variable KASKAD_PROGRAM (KASKAD_TRAIN_PROGRAM),
    the one of this package, or the one on the PATH."""
    variable = name.upper().replace("-", "_") + "_PROGRAM"
    given = os.environ.get(variable)
    if given:
        if not os.access(given, os.X_OK):
            raise Error(f"{variable}: found '{given}', expected a program")
        return given
    shipped = Path(__file__).parent / "bin" / name
    if os.access(shipped, os.X_OK):
        if name == "kaskad-train":
            need_torch(TORCH_VERSION, Path(__file__).parents[1])
        return str(shipped)
    found = shutil.which(name)
    if found is None:
        raise Error(
            f"there is no program '{name}' beside this package or on the PATH; {variable} names one"
        )
    return found


def run_program(arguments: Sequence[str], name: str = "kaskad") -> dict[str, Any]:
    """`kaskad ARGUMENTS --json`, and what it answers. Raises Error with its own text. Ctrl-C ends it."""
    done = subprocess.run(
        [program(name), *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=_environment(name),
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.strip().splitlines() if line.strip()]
        raise Error(
            said[-1].removeprefix("error: ").removeprefix("kaskad: ")
            if said
            else f"{name} {arguments[0]} ended with status {done.returncode}"
        )
    return json.loads(done.stdout)


def _environment(name: str) -> dict[str, str]:
    """Of a program that this package starts: its errors name arguments of Python, not flags."""
    environment = {**os.environ, "KASKAD_CALLED_FROM_PYTHON": "1"}
    if name == "kaskad-train":
        # As `kaskad train` starts it: threads that spin while they wait halve the speed of training.
        environment.setdefault("OMP_WAIT_POLICY", "passive")
    return environment


def flags(options: Mapping[str, Any]) -> list[str]:
    """Options of a program by name, with _ for -; None and False are left out, a list repeats its flag."""
    arguments: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            arguments.append(flag)
            continue
        for one in value if isinstance(value, (list, tuple)) else [value]:
            arguments += [flag, os.fspath(one) if isinstance(one, os.PathLike) else str(one)]
    return arguments


def pairs(settings: Mapping[str, Any] | None) -> list[str]:
    """NAME=VALUE each, as `--set` of the programs takes them."""
    return [
        f"{name}={str(value).lower() if isinstance(value, bool) else value}"
        for name, value in (settings or {}).items()
    ]


def bundle_of(model: Model | Grid | PathLike, folder: str) -> str:
    """Where the bundle of a model lies; of one that was only fitted, below `folder`."""
    if isinstance(model, BundleModel):
        return model.path
    if isinstance(model, Grid):
        return os.path.join(model.directory, "winner")
    if isinstance(model, Model):
        os.makedirs(folder, exist_ok=True)
        where = os.path.join(folder, "bundle")
        model.save(where)
        return where
    return os.fspath(model)


class Server:
    """A `kaskad serve` that runs. Stops with stop(), at the end of a `with`, and with this process.

    Attributes:
        address: "http://127.0.0.1:PORT", with a page to try it.
        client: asks it.
    """

    def __init__(self, arguments: Sequence[str], folder: str | None, wait: float):
        self._folder = folder
        self._log: list[str] = []
        self._process = subprocess.Popen(
            [program(), "serve", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment("kaskad"),
            preexec_fn=_die_with_parent()
            if threading.current_thread() is threading.main_thread()
            else None,
        )
        self._ready = threading.Event()
        self.address = ""
        threading.Thread(target=self._read_log, daemon=True).start()
        atexit.register(self.stop)
        if not self._ready.wait(wait) or not self.address:
            self.stop()
            raise Error(
                "the server did not start: " + (" / ".join(self._log[-5:]) or "it said nothing")
            )
        self.client = Client(self.address)
        self._wait_until_ready(wait)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line.rstrip("\n"))
            if found := _SERVING.search(line):
                self.address = found[1]
                self._ready.set()
            del self._log[:-1000]
        self._ready.set()

    def _wait_until_ready(self, wait: float) -> None:
        until = time.monotonic() + wait
        while not self.client.is_ready():
            if time.monotonic() > until or self._process.poll() is not None:
                self.stop()
                raise Error("the server did not become ready: " + " / ".join(self._log[-5:]))
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """What it has said, the last thousand lines."""
        return "\n".join(self._log)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Lets requests in flight end, then stops it."""
        atexit.unregister(self.stop)
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _repr_html_(self) -> str:
        state = f'on <a href="{self.address}">{self.address}</a>' if self.running else "stopped"
        return f"kaskad serve, {state}"

    def __repr__(self) -> str:
        return f"Server({self.address}, {'running' if self.running else 'stopped'})"


def serve(
    what: Model | Grid | PathLike,
    *,
    port: int = 0,
    ranker: PathLike | None = None,
    events: PathLike | None = None,
    threads: int = 0,
    wait: float = 60,
    **options: Any,
) -> Server:
    """Starts the real server and waits until it is ready.

    Args:
        what: a model of this package, a Grid, the directory of a bundle, or a cascade.toml.
        port: 0 picks a free one.
        ranker: a Ranker or the directory of one's bundle, for /v1/rank.
        events: directory, or redis://HOST:PORT: takes events, and answers know of them.
        threads: 0: one per CPU.
        wait: seconds for it to become ready.
        options: further flags of `kaskad serve` by name, with _ for -: grpc_port=8081, log="all".
    """
    fitted = isinstance(what, Model) and not isinstance(what, BundleModel)
    folder = tempfile.mkdtemp(prefix="kaskad-serve-") if fitted else None
    where = bundle_of(what, folder or "")
    arguments = [where] if where.endswith(".toml") else ["--bundle", where]
    arguments += flags(
        {"port": port, "ranker": ranker, "events": events, "threads": threads or None, **options}
    )
    return Server(arguments, folder, wait)


def _die_with_parent() -> Any:
    """For the child: it ends when this thread does, in whatever way."""
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
