"""The life of a model: data sets, training, export, evaluation. TensorFlow is needed by some modules only."""
