"""Models on disk, of any kind."""

from __future__ import annotations

import json
import shutil
from typing import Any

from . import _kaskad
from ._frames import default_kind
from ._id_types import keep_types, kept_types
from ._ids import Ids, need_same_items, same_texts
from ._kaskad import Error
from ._settings import num_threads
from .dataset import Dataset, PathLike
from .model import Model, answer_frame

__all__ = ["BundleModel", "load"]


class BundleModel(Model):
    """A bundle of any kind of retriever: matrices, neural models, ensembles. Made by kaskad.load."""

    def __init__(self, path: str, dataset: Dataset | None = None):
        super().__init__()
        self.path = path
        self._engine = _kaskad.load_bundle(path)
        types = kept_types(path)
        self._items = Ids.of_texts(self._engine.item_names(), types.get("item_id"))
        self._users = Ids.of_texts(self._engine.user_names(), types.get("user_id"))
        self._frame_kind = types.get("frame")
        if dataset is not None:
            self._take_ids(dataset)

    def _take_ids(self, dataset: Dataset) -> None:
        """The ids of the dataset in place of their names."""
        need_same_items(self._items, dataset._items, self.path)
        self._items, self._frame_kind = dataset._items, dataset._frame
        if same_texts(self._users, dataset._users):
            self._users = dataset._users

    @property
    def kind(self) -> str:
        """The engine's name of the kind: "cooc", "neural", "ensemble", ..."""
        return self._fitted().kind

    @property
    def manifest(self) -> dict[str, Any]:
        """What the bundle says of itself: config, metrics with intervals, hashes."""
        return json.loads(self._fitted().manifest)

    @property
    def user_ids(self) -> Any:
        """Users whose histories the bundle holds."""
        return self._users.values

    @property
    def item_ids(self) -> Any:
        return self._items.values

    def fit(self, dataset: Any, **_: Any) -> Model:
        raise Error(
            "a bundle is fitted already; Blend(config=model.manifest['config']) fits the same "
            "matrices anew"
        )

    def _recommend_frame(
        self,
        users: Any,
        dataset: Dataset | None,
        k: int,
        filter_viewed: bool,
        items_to_recommend: Any,
        shown: Any,
    ) -> Any:
        allow = self._numbers_of(items_to_recommend, "items_to_recommend")
        engine = self._fitted()
        if dataset is not None:
            numbers = dataset._users.numbers(users, "users")
            if same_texts(self._items, dataset._items):
                found, scores = engine.retrieve_users(
                    dataset._engine,
                    numbers,
                    None,
                    k,
                    filter_viewed,
                    allow,
                    engine.now,
                    num_threads(),
                    shown,
                )
            else:
                found, scores = self._ask_foreign(
                    dataset, numbers, k, filter_viewed, items_to_recommend, shown
                )
            return answer_frame(
                dataset._frame, "user_id", dataset._users, numbers, self._items, found, scores
            )
        numbers = self._users.numbers(users, "users")
        found, scores = engine.retrieve_stored(
            numbers, k, filter_viewed, allow, num_threads(), shown
        )
        return answer_frame(
            self._frame_kind or default_kind(),
            "user_id",
            self._users,
            numbers,
            self._items,
            found,
            scores,
        )

    def __repr__(self) -> str:
        return f"BundleModel({self.path!r}, kind {self.kind})"

    def save(self, path: PathLike, *, title_feature: str = "") -> None:
        """A copy of the bundle."""
        shutil.copytree(self.path, path)

    def _item_ids(self) -> Ids:
        return self._items

    def _now(self) -> int:
        return self._fitted().now


def made_bundle(path: PathLike, dataset: Dataset) -> BundleModel:
    """What a program made of the dataset, whose types of ids it keeps from now on."""
    model = load(path, dataset)
    keep_types(model.path, dataset)
    return model


def load(path: PathLike, dataset: Dataset | None = None) -> BundleModel:
    """A bundle that save(), kaskad.grid or any `kaskad` command wrote.

    Args:
        dataset: of the same items; its ids are then those of the answers. Without it they are what save()
            kept, or texts.

    Raises:
        kaskad.Error: where a file is damaged or the model no longer answers its golden requests.
    """
    return BundleModel(str(path), dataset)
