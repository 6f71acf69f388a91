"""Images and series: players are patches (stretches of a channel), superpixels or any map of ids over the positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import refuse
from ..inputs import CHANNELS, Input
from ..normalization import value_range
from ..rows import Rows
from .bits import mixed

MAPS = ("patches", "superpixels", "pixels")


class MapMasker:
    """Hides the positions of absent players behind a reference input."""

    def __init__(self, x: Input, reference: Rows, groups: Any = None, segments: int = 64) -> None:
        self._x, self._reference = x.rows, reference
        self.map = read_map(groups, x, segments)
        self._count = int(self.map.max()) + 1
        self.players = tuple(f"segment {i}" for i in range(self._count))

    def __call__(self, masks: NDArray[np.bool_], refs: NDArray[np.intp]) -> Rows:
        """Rows for coalitions."""
        return mixed(np.take(masks, self.map, axis=1), self._x, self._reference, refs)

    def share(self, phi: NDArray[np.float64]) -> Any:
        """A segment's value in equal parts to its elements, so that sums stay what they are."""
        size = np.bincount(self.map.ravel(), minlength=self._count)
        return (phi / size)[self.map][None]

    def at(self, numbers: NDArray[np.float64]) -> Any:
        """A number per player (players,) at every position of a row (1, …)."""
        return numbers[self.map][None]

    def total(self, values: Any) -> NDArray[np.float64]:
        """Sums (players,) of the values (1, …) at each player's positions."""
        return np.asarray(np.bincount(self.map.ravel(), np.asarray(values, float).ravel(), self._count), float)

    def changed(self) -> NDArray[np.bool_]:
        """Where a segment differs from the reference's."""
        differs = self._reference != self._x
        out = np.zeros((len(self._reference), self._count), bool)
        for row, cells in zip(out, differs, strict=True):
            row[np.unique(self.map[cells])] = True
        return out


def read_map(groups: Any, x: Input, segments: int) -> NDArray[np.intp]:
    """Player of every element, in the shape of one row of the model's input.

    Raises:
        ValueError: an unknown name, or ids that do not fit the input.
    """
    shape = x.rows.shape[1:]
    if groups is None or (isinstance(groups, str) and groups in MAPS):
        flat = _named_map(groups or "patches", x, segments)
        if x.kind == "series":
            return _spread_user(flat.T if x.layout == "TC" else flat, x)
        return _spread(flat, shape)
    user = np.asarray(groups)
    if isinstance(groups, str) or user.dtype.kind not in "iu":
        raise refuse("groups", f"must be whole numbers in the input's shape, or one of {', '.join(MAPS)}", groups)
    ids = np.unique(user, return_inverse=True)[1].reshape(user.shape)
    try:
        return _spread_user(ids, x)
    except ValueError:
        raise refuse("groups", f"ids must fit the input of shape {x.to_user(x.rows).shape}", user) from None


def _spread_user(ids: NDArray[np.intp], x: Input) -> NDArray[np.intp]:
    """Ids in the user's shape (or only height and width) in the model's order."""
    user = x.to_user(x.rows)[0].shape
    if (x.layout == "HWC" and ids.shape == user[:2]) or (x.layout == "TC" and ids.shape == user[:1]):
        ids = ids[..., None]
    return np.ascontiguousarray(x.to_model(np.broadcast_to(ids, user)[None])[0])


def _spread(flat: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """A map over height and width for every channel, wherever the model has its channels."""
    if len(shape) == 3 and shape[1:] != flat.shape and shape[:2] == flat.shape:
        flat = flat[..., None]
    if len(shape) == 1:
        return flat.ravel()
    return np.ascontiguousarray(np.broadcast_to(flat, shape))


def _named_map(name: str, x: Input, segments: int) -> NDArray[np.intp]:
    if x.kind == "series" and name != "superpixels":
        return _stretches(x, None if name == "pixels" else segments)
    picture = as_picture(x)
    height, width = picture.shape[:2]
    if name == "pixels":
        return np.arange(height * width).reshape(height, width)
    if name == "patches":
        return patches(height, width, segments)
    return superpixels(picture, segments)


def patches(height: int, width: int, segments: int) -> NDArray[np.intp]:
    """A grid of square patches, about and at most `segments`."""
    side = max(1, round((height * width / segments) ** 0.5))
    while -(-height // side) * -(-width // side) > segments:
        side += 1
    rows, columns = np.arange(height) // side, np.arange(width) // side
    return rows[:, None] * (columns[-1] + 1) + columns[None, :]


def _stretches(x: Input, segments: int | None) -> NDArray[np.intp]:
    """About `segments` (by default all) stretches of single channels, numbered (channels, steps)."""
    channels, steps = channels_and_steps(x)
    each = steps if segments is None else min(steps, max(1, round(segments / channels)))
    along = np.arange(steps) * each // steps
    return np.arange(channels)[:, None] * each + along


def channels_and_steps(x: Input) -> tuple[int, int]:
    """Of a series; one without channels has one."""
    shape = x.to_user(np.asarray(x.rows)).shape[1:]
    channels, steps = shape[::-1] if x.layout == "TC" else shape
    return int(channels), int(steps)


def superpixels(picture: NDArray[np.float64], segments: int) -> NDArray[np.intp]:
    """About `segments` superpixels (SLIC, Achanta et al. 2012, from scikit-image)."""
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        error.add_note('Superpixels need scikit-image: pip install "jupyter-explain[image]", or use groups="patches".')
        raise
    low, high = picture.min(), picture.max()
    scaled = (picture - low) / (high - low if high > low else 1)
    found = slic(scaled, n_segments=segments, compactness=10, start_label=0, channel_axis=-1)
    return np.unique(found, return_inverse=True)[1].reshape(found.shape)


def as_picture(x: Input) -> NDArray[np.float64]:
    """Height × width × channels of one input, for segmenting and showing (a series is one row high), as pixels from 0
    to 1 where the normalization is known."""
    a = np.asarray(x.to_user(x.rows)[0], float)
    if x.kind == "series":
        return a.mean(CHANNELS[x.layout])[None, :, None]
    a = np.moveaxis(a, 0, -1) if x.layout == "CHW" else a[..., None] if a.ndim == 2 else a
    return a if x.normalization is None else np.clip(x.normalization.undone(a, -1), 0.0, 1.0)


def limits(x: Input) -> tuple[float, float]:
    """What `as_picture` calls black and white."""
    return value_range(np.asarray(x.rows)) if x.normalization is None else (0.0, 1.0)
