"""What the Shapley methods share: the game, draws and orders, regressions of pairs, control variates."""
