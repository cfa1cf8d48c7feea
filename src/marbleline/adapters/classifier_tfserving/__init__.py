"""The classifier on TensorFlow Serving, or any server of its API, over gRPC."""

from marbleline.adapters.classifier_tfserving.classifier import TfServingClassifier

__all__ = ["TfServingClassifier"]
