"""The search for counterfactuals: goals, the nearest rows of tables, the smallest changes of texts and images."""
