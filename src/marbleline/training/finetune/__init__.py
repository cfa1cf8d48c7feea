"""Fine-tuning the stable version with labels of the line."""
