"""Both servers as processes, what they take of the machine, and loads on them; of bench/cascade and
bench/overload."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
ROUTE = "/v1/recommend"


class Server:
    """A process that answers; its children are counted with it."""

    def __init__(self, name, command, log, text, times, environment=None):
        self.name, self.log = name, log
        self.process = subprocess.Popen([str(part) for part in command], stdout=log.open("w"),
                                        stderr=subprocess.STDOUT, cwd=HERE,
                                        env=dict(os.environ, **(environment or {})))
        for _ in range(3000):
            if log.read_text().count(text) >= times:
                return
            if self.process.poll() is not None or "died" in log.read_text():
                break
            time.sleep(0.1)
        self.stop()
        raise SystemExit(f"{name} does not answer:\n{log.read_text()}")

    def processes(self):
        own = str(self.process.pid)
        children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *children]

    def cpu_seconds(self):
        fields = [Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
                  for one in self.processes()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / TICKS

    def memory_mb(self):
        return sum(int(re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{one}/status").read_text())[1])
                   for one in self.processes()) / 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def start_kaskad(build, work, threads, *options, cascade="cascade.toml"):
    log = work / Path(cascade).with_suffix(".log")
    server = Server("kaskad", [build / "kaskad", "serve", work / cascade, "--port", 0,
                               "--threads", threads, *options], log, "serving on ", 1)
    server.url = re.search(r"serving on (\S+)", log.read_text())[1]
    return server


def start_python(work, workers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"WORK": str(work), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    server = Server("python", [sys.executable, "-m", "uvicorn", "--factory",
                               "python_service:application", "--host", "127.0.0.1", "--port", port,
                               "--workers", workers, "--loop", "uvloop", "--http", "httptools",
                               "--no-access-log"],
                    work / "python.log", "Application startup complete", workers, environment)
    server.url = f"http://127.0.0.1:{port}"
    return server


def ask(server, body):
    request = urllib.request.Request(server.url + ROUTE, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def saturate(server, requests, connections, seconds):
    """wrk, closed loop: requests a second, and the CPU time of one."""
    environment = dict(os.environ, LISTS=str(requests), ROUTE=ROUTE)
    before = server.cpu_seconds()
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                           HERE.parent / "serve/requests.lua", server.url], env=environment,
                          stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    found["cpu_ms"] = 1e3 * (server.cpu_seconds() - before) / max(1, found["requests"])
    return found


def at_rate(build, server, requests, rate, seconds, *options):
    """kaskad_open_loop, with the CPU time of a request."""
    before = server.cpu_seconds()
    done = subprocess.run([str(part) for part in (
        build / "kaskad_open_loop", server.url + ROUTE, requests, "--name", server.name, "--rate",
        rate, "--seconds", seconds, *options)], stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    answered = max(1, found["accepted"])
    found["cpu_ms"] = 1e3 * (server.cpu_seconds() - before) / answered
    return found


def metric_sums(server, name):
    """{label value: (sum, count)} of a histogram of kaskad, by its one label."""
    with urllib.request.urlopen(server.url + "/metrics") as answer:
        text = answer.read().decode()
    found = {}
    for part, label, value in re.findall(rf'^{name}_(sum|count){{\w+="([^"]*)"}} (\S+)', text, re.M):
        found.setdefault(label, {})[part] = float(value)
    return {label: (parts["sum"], parts["count"]) for label, parts in found.items()}
