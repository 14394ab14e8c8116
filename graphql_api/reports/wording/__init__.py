"""Numbers, names and times in the words of each language."""
