"""Makes the default person detector: labelled frames in, an OpenVINO model and its measured figures out.

Learning needs the `training` extra (torch); labels and measurement do without. Nothing that runs in a store imports it.
"""
