"""Triton's own client against a running server, over HTTP and over gRPC.

triton_client.py HTTP_PORT GRPC_PORT; the server has the model "sum" of tests/server/test_graph.h.
Exits with 0 when every answer is right.
"""

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


def main():
    http = over_http.InferenceServerClient(f"127.0.0.1:{sys.argv[1]}")
    check(http, over_http, lambda answer, name: answer[name])
    grpc = over_grpc.InferenceServerClient(f"127.0.0.1:{sys.argv[2]}")
    check(grpc, over_grpc, getattr)
    print("HTTP and gRPC answer")


main()
