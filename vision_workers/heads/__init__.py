"""How each kind of network says what it found: one table, one entry for each kind."""

from vision_workers.heads.head import Candidates, Head, InputSize, Outputs, Port, Values
from vision_workers.heads.table import HEADS

__all__ = ["HEADS", "Candidates", "Head", "InputSize", "Outputs", "Port", "Values"]
