"""Recurrent layers written out step by step in simpler operations, so that rules for the simple ones cover them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

Gated = Callable[[Tensor, Tensor], Tensor]  # (gate, signal) -> their product
Still = Callable[[Tensor], Tensor]  # what a gate reads of its input
State = tuple[Tensor, ...]
RECURRENT = frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu"})
CELLS = frozenset({"lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"})


def unrolled(name: str, args: Any, kwargs: Any, gated: Gated, still: Still) -> Any:
    """What torch's recurrent layer or cell gives; NotImplemented for packed sequences and dropout in training."""
    if kwargs or len(args) not in (6, 9):
        return NotImplemented
    if name in CELLS:
        state = _Cell(name[: -len("_cell")], args[2:], gated, still)(args[0], _state(args[1]))
        return state if name == "lstm_cell" else state[0]
    x, start, weights, bias, layers, dropout, training, both_ways, batch_first = args
    if not isinstance(bias, bool) or (training and dropout):
        return NotImplemented
    ways = 2 if both_ways else 1
    each = len(weights) // (layers * ways)
    x, last, states = (x.transpose(0, 1) if batch_first else x), [], _state(start)
    for layer in range(layers):
        outs = []
        for way in range(ways):
            at = layer * ways + way
            cell = _Cell(name, _own(weights[at * each : (at + 1) * each], bias), gated, still)
            out, end = _run(cell, x, tuple(s[at] for s in states), backwards=way == 1)
            outs.append(out)
            last.append(end)
        x = torch.cat(outs, -1) if ways == 2 else outs[0]
    return (x.transpose(0, 1) if batch_first else x), *(torch.stack(parts) for parts in zip(*last, strict=True))


def _state(given: Any) -> State:
    return (given,) if isinstance(given, Tensor) else tuple(given)


def _own(weights: Sequence[Any], bias: bool) -> tuple[Any, ...]:
    """Weights and biases of the input and of the state, and the projection of an LSTM that has one."""
    pair, rest = weights[:2], weights[2:]
    return (*pair, *rest) if bias else (*pair, None, None, *rest)


def _run(cell: _Cell, x: Tensor, state: State, *, backwards: bool) -> tuple[Tensor, State]:
    """All outputs in the order of the steps, and the last state."""
    outs = []
    for step in reversed(x.unbind(0)) if backwards else x.unbind(0):
        state = cell(step, state)
        outs.append(state[0])
    return torch.stack(outs[::-1] if backwards else outs), state


class _Cell:
    """One step: (input, state) -> state."""

    def __init__(self, kind: str, weights: Sequence[Any], gated: Gated, still: Still) -> None:
        self._kind, self._gated, self._still = kind, gated, still
        of_x, of_h, bias_x, bias_h, *more = weights
        self._project = more[0] if more else None
        count = {"lstm": 4, "gru": 3}.get(kind, 1)
        self._of_x, self._of_h = of_x.chunk(count), of_h.chunk(count)
        self._both = [torch.cat(pair, 1) for pair in zip(self._of_x, self._of_h, strict=True)]
        nothing = (None,) * count
        self._bias_x = nothing if bias_x is None else bias_x.chunk(count)
        self._bias_h = nothing if bias_h is None else bias_h.chunk(count)
        self._bias = nothing if bias_x is None else (bias_x + bias_h).chunk(count)

    def __call__(self, x: Tensor, state: State) -> State:
        if self._kind == "lstm":
            return self._lstm(x, *state)
        if self._kind == "gru":
            return self._gru(x, *state)
        z = self._linear(torch.cat([x, state[0]], 1), 0)
        return (torch.relu(z) if self._kind == "rnn_relu" else torch.tanh(z),)

    def _linear(self, given: Tensor, part: int) -> Tensor:
        return functional.linear(given, self._both[part], self._bias[part])

    def _gate(self, given: Tensor, part: int) -> Tensor:
        return torch.sigmoid(self._linear(self._still(given), part))

    def _lstm(self, x: Tensor, h: Tensor, c: Tensor) -> State:
        given = torch.cat([x, h], 1)
        take, keep, show = (self._gate(given, part) for part in (0, 1, 3))
        c = self._gated(keep, c) + self._gated(take, torch.tanh(self._linear(given, 2)))
        h = self._gated(show, torch.tanh(c))
        return (h if self._project is None else functional.linear(h, self._project)), c

    def _gru(self, x: Tensor, h: Tensor) -> State:
        given = torch.cat([x, h], 1)
        reset, keep = (self._gate(given, part) for part in (0, 1))
        memory = functional.linear(h, self._of_h[2], self._bias_h[2])
        new = torch.tanh(functional.linear(x, self._of_x[2], self._bias_x[2]) + self._gated(reset, memory))
        return (self._gated(1 - keep, new) + self._gated(keep, h),)
