"""What a person may ask of a shop: consent, to see what is held about them, and to be forgotten."""
