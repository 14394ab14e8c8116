"""Fire: everything that can die or be cut off does, at random, while facts flow; then the books are compared."""
