"""Matrices as they travel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..drawn import TYPES, Array, drawn
from ..explanation import Matrix
from ..explanation.matrix import strongest

TYPES[Matrix] = "matrix"
BYTES = 150_000  # of all arrays together


@drawn.register(Matrix)
def _matrix(e: Matrix) -> tuple[dict[str, Any], list[Array]]:
    """`values` and, where known, `stderr`, `low`, `high`, `counts`, `which`, each (rows, columns).

    Of more rows and columns than fit, those with the strongest numbers are sent, in their own order.
    """
    names = [n for n in ("values", "stderr", "low", "high", "counts", "which") if getattr(e, n) is not None]
    rows, columns = strongest(e, int((BYTES / (4 * len(names))) ** 0.5))
    cells = np.ix_(rows, columns)
    layout = {
        "kind": "matrix",
        "rows": [e.rows[i] for i in rows],
        "columns": [e.columns[j] for j in columns],
        "of": [len(e.rows), len(e.columns)],
        "square": e.square,
        "signed": e.signed,
        "measure": e.measure,
        "measures": list(e.measures),
        "diagonal": e.diagonal,
        "top": e.top,
    }
    return layout | {"arrays": names}, [np.ascontiguousarray(getattr(e, n)[cells], "<f4") for n in names]
