"""One file per library: `read(model) -> TreeEnsemble`, and `stamp(model)`, a tuple that changes when it is fitted again."""
