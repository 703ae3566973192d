"""Training, evaluation and export of zhibiao's models."""
