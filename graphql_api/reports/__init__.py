"""Reports: what happened in a store, in sentences that a language model writes and a checker answers for."""
