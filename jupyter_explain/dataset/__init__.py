"""What methods over a whole dataset share: columns and grids, planes, effects, scores, groups of rows."""
