"""What other systems of a store tell by HTTP: each thing said becomes a fact, or says why not."""
