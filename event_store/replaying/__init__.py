"""History played again: in order, for the screen or for another topic, and resumed where it was cut off."""
