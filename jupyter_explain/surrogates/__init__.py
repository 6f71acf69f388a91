"""Models that stand in for the asked one: neighbourhoods, regressions, additive models, lasso paths."""
