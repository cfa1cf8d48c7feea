"""A version in use: drift, shadow comparison, promotion and rollback."""
