"""What rules share: conditions, the search for anchors and lists of rules, trials, and the model's decisions."""
