"""Every accuracy check there is, and the report that `make accuracy` writes from them."""
