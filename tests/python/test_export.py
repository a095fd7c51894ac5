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


def test_a_torch_module_becomes_a_bundle(dataset, ring, tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")

    class Sum(torch.nn.Module):
        def __init__(self):
            super().__init__()
            padded = np.vstack([np.zeros((1, 2), np.float32), ring])
            self.vectors = torch.nn.Embedding.from_pretrained(torch.from_numpy(padded))

        def forward(self, history):
            return self.vectors(history).sum(dim=1)

    path = kaskad.export_torch(Sum(), torch.randint(1, 13, (2, 7)), tmp_path / "user.onnx")
    model = kaskad.bundle_from_onnx(path, ring, dataset, tmp_path / "bundle")
    assert len(model.recommend(k=2)) == 2 * 60


def test_training_without_its_program_says_so(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("KASKAD_TRAIN_PROGRAM", str(tmp_path / "missing"))
    with pytest.raises(kaskad.Error, match="KASKAD_TRAIN_PROGRAM"):
        kaskad.train(dataset, tmp_path / "run", model="sasrec")
