"""Triton's own client against a running server, over HTTP and over gRPC.

triton_client.py HTTP_PORT GRPC_PORT; the server has the model "sum" of tests/server/test_graph.h.
Exits with 0 when every answer is right.
"""

import queue
import sys

import numpy as np
import tritonclient.grpc as over_grpc
import tritonclient.http as over_http
from tritonclient.utils import InferenceServerException


def check(client, module, metadata_of):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("sum") and not client.is_model_ready("sun")
    assert metadata_of(client.get_server_metadata(), "name") == "kaskad"
    metadata = client.get_model_metadata("sum")
    names = [metadata_of(tensor, "name") for tensor in metadata_of(metadata, "inputs")]
    assert names == ["a", "shift"], names

    values = np.array([[1, 2.5], [-3, 4]], np.float32)
    a = module.InferInput("a", [2, 2], "FP32")
    a.set_data_from_numpy(values)
    shift = module.InferInput("shift", [2], "INT64")
    shift.set_data_from_numpy(np.array([10, 20]))
    answer = client.infer("sum", [a, shift], request_id="7")
    # 1 + 10 + 2.5 + 20, and -3 + 10 + 4 + 20
    np.testing.assert_array_equal(answer.as_numpy("total"), np.array([33.5, 31], np.float32))
    np.testing.assert_array_equal(answer.as_numpy("rows"), values)
    one = client.infer("sum", [a, shift], outputs=[module.InferRequestedOutput("rows")])
    np.testing.assert_array_equal(one.as_numpy("rows"), values)
    assert one.as_numpy("total") is None

    wrong = module.InferInput("a", [3], "FP32")
    wrong.set_data_from_numpy(np.zeros(3, np.float32))
    try:
        client.infer("sum", [wrong, shift])
        raise AssertionError("a wrong shape was taken")
    except InferenceServerException as error:
        assert "input 'a': found FP32 (3), expected FP32 (?, 2)" in error.message(), error


def check_description(client, of):
    """`of(answer, name)` is a field; gRPC counts before, so the statistics are of both."""
    config = client.get_model_config("sum")
    config = of(config, "config") if not isinstance(config, dict) else config
    assert of(config, "backend") == "onnxruntime" and of(config, "max_batch_size") == 0
    assert list(of(of(config, "input")[0], "dims")) == [-1, 2]
    index = client.get_model_repository_index()
    index = of(index, "models") if not isinstance(index, list) else index
    assert [(of(one, "name"), of(one, "state")) for one in index] == [("sum", "READY")]
    for name in ("sum", ""):
        found = of(client.get_inference_statistics(name), "model_stats")
        assert len(found) == 1
        times = of(found[0], "inference_stats")
        # Two answers over each transport; a wrong shape over each, and one in the stream.
        assert of(found[0], "inference_count") == 4 + STREAMED, found
        assert of(of(times, "success"), "count") == 4 + STREAMED
        assert of(of(times, "fail"), "count") == 2 + 1
        assert of(of(times, "compute_infer"), "ns") > 0


STREAMED = 20


def check_stream(client):
    """Answers come in order, one that fails among them, and the stream goes on behind it."""
    answers = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    shift = over_grpc.InferInput("shift", [2], "INT64")
    shift.set_data_from_numpy(np.array([0, 0]))
    for number in range(STREAMED + 1):
        a = over_grpc.InferInput("a", [1, 2], "FP32")
        a.set_data_from_numpy(np.array([[number, 1]], np.float32))
        inputs = [a] if number == 5 else [a, shift]
        client.async_stream_infer("sum", inputs, request_id=str(number))
    for number in range(STREAMED + 1):
        result, error = answers.get(timeout=30)
        if number == 5:
            assert "input 'shift': found nothing" in error.message(), error
            continue
        assert error is None, error
        assert result.get_response().id == str(number)
        np.testing.assert_array_equal(result.as_numpy("total"), np.array([number + 1], np.float32))
        assert result.get_response().parameters["triton_final_response"].bool_param
    client.stop_stream()
    assert answers.empty()


def main():
    http = over_http.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
    check(http, over_http, lambda answer, name: answer[name])
    grpc = over_grpc.InferenceServerClient(f"127.0.0.1:{sys.argv[2]}")
    check(grpc, over_grpc, getattr)
    check_stream(grpc)
    check_description(http, lambda answer, name: answer[name])
    check_description(grpc, getattr)
    print("HTTP and gRPC answer")


main()
