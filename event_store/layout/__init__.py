"""The layout of a store: what the file may say, how it is read and what is wrong with it."""
