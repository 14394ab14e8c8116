"""Models as a service: tensors by the Open Inference Protocol, and pictures."""
