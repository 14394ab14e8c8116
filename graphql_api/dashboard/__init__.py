"""The web page for the store: its built files, and how a browser logs in."""
