"""How the writers of reports are made; needs the `training` extra."""
