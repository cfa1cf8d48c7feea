"""Model versions: data sets, training, export, evaluation, promotion. Some modules need TensorFlow."""
