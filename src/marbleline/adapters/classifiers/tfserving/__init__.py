"""The classifier on TensorFlow Serving, or any server of its API, over gRPC."""

from marbleline.adapters.classifiers.tfserving.classifier import TfServingClassifier
from marbleline.adapters.classifiers.tfserving.opening import open_tfserving

__all__ = ["TfServingClassifier", "open_tfserving"]
