"""What every call promises: no GIL, Ctrl-C, progress, threads, and a light import."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import kaskad


@pytest.fixture(scope="module")
def long_log():
    """Long enough that counting it takes seconds."""
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(1000), 300)
    return kaskad.Dataset.construct(
        {"user_id": users, "item_id": rng.integers(0, 8000, len(users))}
    )


def python(code, **more):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, **more
    )


def test_the_import_is_light():
    done = python(
        "import time, sys\nbegan = time.process_time()\nimport kaskad\n"
        "print(time.process_time() - began)\n"
        "print([name for name in ('torch', 'pandas', 'polars', 'scipy', 'onnxruntime') "
        "if name in sys.modules])"
    )
    seconds, loaded = done.stdout.splitlines()
    assert float(seconds) < 1
    assert loaded == "[]"


def test_ctrl_c_stops_long_work(long_log):
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        kaskad.Cooccurrence(window=0, reverse=1, gap="exponential", content=0).fit(long_log)
        kaskad.grid(long_log, resamples=100)
    assert time.perf_counter() - began < 10
    assert kaskad.Popularity().fit(long_log).recommend(k=1) is not None


def test_others_run_while_the_engine_works(long_log):
    ticks = []
    stop = threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    kaskad.Cooccurrence(window=40).fit(long_log)
    stop.set()
    thread.join()
    assert len(ticks) > 20 and max(np.diff(ticks)) < 0.8 * (ticks[-1] - ticks[0])


def test_a_listener_that_raises_stops_the_work(long_log):
    def refuse(*update):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        kaskad.grid(long_log, resamples=100, progress=refuse)


def test_progress_draws_a_bar_of_tqdm(long_log, capsys):
    kaskad.Cooccurrence(window=40).fit(long_log, progress=True)
    assert "%" in capsys.readouterr().err


def test_answers_do_not_depend_on_threads(dataset):
    before = kaskad.num_threads()
    try:
        kaskad.set_num_threads(1)
        one = kaskad.Cooccurrence().fit(dataset).recommend(k=5)
        kaskad.set_num_threads(3)
        three = kaskad.Cooccurrence().fit(dataset).recommend(k=5)
    finally:
        kaskad.set_num_threads(before)
    assert one.equals(three)
    with pytest.raises(ValueError, match="threads"):
        kaskad.set_num_threads(-1)


def test_everything_public_is_described():
    for name in kaskad.__all__:
        thing = getattr(kaskad, name)
        if callable(thing) and name != "Progress":
            assert thing.__doc__, name
