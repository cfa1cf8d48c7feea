"""A stand-in for TensorFlow Serving where it has no image: the same API, on any classifier of ours."""
