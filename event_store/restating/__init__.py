"""Figures made again from stored position samples, by a layout that may have changed since."""
