"""Two minutes in a small shop, from the clips to the answers, beside what really happened."""
