"""What methods that look into a network share: layers and places, CAMs, attention, hiding, noise."""
