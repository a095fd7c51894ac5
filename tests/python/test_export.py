import numpy as np
import pytest
from onnx_file import sum_of_vectors

import kaskad


@pytest.fixture(scope="module")
def ring(dataset):
    """Vectors of items on a circle, in the order of their ids: each is nearest to its neighbours."""
    angles = 2 * np.pi * (np.array(dataset.item_ids.to_pylist()) - 100) / 12
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_an_onnx_file_becomes_a_bundle(dataset, ring, tmp_path):
    padded = np.vstack([np.zeros((1, 2), np.float32), ring])
    (tmp_path / "user.onnx").write_bytes(sum_of_vectors(padded))
    model = kaskad.bundle_from_onnx(
        tmp_path / "user.onnx", ring, dataset, tmp_path / "bundle", architecture="sum"
    )
    assert model.kind == "neural" and model.manifest["config"]["architecture"] == "sum"
    answer = model.recommend(users=["user 3"], k=4)
    # As NumPy has it: the history without the last event, which the split asks for.
    items = dataset.item_ids.to_pylist()
    history = dataset.frame().query("user_id == 'user 3'")["item_id"].tolist()[:-1]
    scores = ring @ sum(ring[items.index(item)] for item in history)
    unseen = [number for number in np.argsort(-scores) if items[number] not in history]
    assert answer["item_id"].tolist() == [items[number] for number in unseen[:4]]
    assert answer["score"].tolist() == pytest.approx(scores[unseen[:4]].tolist(), rel=1e-4)


def test_a_file_that_does_not_fit_is_refused_in_the_engines_words(dataset, ring, tmp_path):
    with pytest.raises(kaskad.Error, match=r"found the shape \(3, 2\), expected \(12, dimension\)"):
        kaskad.bundle_from_onnx("user.onnx", ring[:3], dataset, tmp_path / "bundle")
    padded = np.vstack([np.zeros((1, 2), np.float32), ring])
    padded[0] = 1  # padding has a meaning: answers would depend on who else asks
    (tmp_path / "user.onnx").write_bytes(sum_of_vectors(padded))
    with pytest.raises(kaskad.Error, match="pad"):
        kaskad.bundle_from_onnx(tmp_path / "user.onnx", ring, dataset, tmp_path / "bundle")


@pytest.fixture(scope="module")
def torch():
    """Debian's (scripts/install_packages.sh --dev), which knows no NumPy of today, or any other."""
    return pytest.importorskip("torch", reason="torch is not installed")


def test_a_torch_module_becomes_a_bundle(torch, dataset, ring, tmp_path):
    class Sum(torch.nn.Module):
        def __init__(self):
            super().__init__()
            padded = np.vstack([np.zeros((1, 2), np.float32), ring])
            self.vectors = torch.nn.Embedding.from_pretrained(torch.from_dlpack(padded))

        def forward(self, history):
            return self.vectors(history).sum(dim=1)

    path = kaskad.export_torch(Sum(), torch.randint(1, 13, (2, 7)), tmp_path / "user.onnx")
    model = kaskad.bundle_from_onnx(path, ring, dataset, tmp_path / "bundle")
    assert len(model.recommend(k=2)) == 2 * 60


def test_dimensions_are_free_where_it_is_said(torch, tmp_path):
    class Masked(torch.nn.Module):
        def forward(self, query, candidates, mask):
            return (query.unsqueeze(1) * candidates).sum(-1) * mask.to(query.dtype)

    example = (torch.rand(1, 3), torch.rand(1, 4, 3), torch.tensor([[True, False, True, True]]))
    path = kaskad.export_torch(
        Masked(),
        example,
        tmp_path / "list.onnx",
        input_names=["query", "candidates", "mask"],
        output_names=["scores"],
        dynamic_shapes=({}, {1: "candidates"}, {1: "candidates"}),
    )
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [1, 3]
    assert session.get_inputs()[1].shape == [1, "candidates", 3]
    given = {
        "query": np.ones((1, 3), np.float32),
        "candidates": np.arange(6, dtype=np.float32).reshape(1, 2, 3),
        "mask": np.array([[True, False]]),
    }
    assert session.run(None, given)[0].tolist() == [[0 + 1 + 2, 0]]


def test_a_file_that_answers_otherwise_is_refused(torch, tmp_path):
    class Noise(torch.nn.Module):
        """Answers otherwise each time."""

        calls = 0

        def forward(self, history):
            self.calls += 1
            return history.to(torch.float32) + self.calls

    with pytest.raises(kaskad.Error, match="output 0: found a difference of .*, expected at most"):
        kaskad.export_torch(Noise(), torch.randint(1, 13, (2, 7)), tmp_path / "noise.onnx")
    with pytest.raises(kaskad.Error, match="dynamic_shapes: found 2, expected 1, one an input"):
        kaskad.export_torch(Noise(), torch.ones(2, 2), "noise.onnx", dynamic_shapes=({}, {}))


def test_training_without_its_program_says_so(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("KASKAD_TRAIN_PROGRAM", str(tmp_path / "missing"))
    with pytest.raises(kaskad.Error, match="KASKAD_TRAIN_PROGRAM"):
        kaskad.train(dataset, tmp_path / "run", model="sasrec")
