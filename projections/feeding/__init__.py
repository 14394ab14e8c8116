"""The projector as a process: the libraries that bring it the record, and what runs beside them."""
