"""The record of frames, verdicts and annotations: SQLite, Elasticsearch."""
