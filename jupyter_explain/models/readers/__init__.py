"""One file per library: `read(model) -> TreeEnsemble`, and `stamp(model)`, a tuple that changes with a new fit."""
