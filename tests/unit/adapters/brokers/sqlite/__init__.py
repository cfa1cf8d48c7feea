"""The embedded broker beyond the port: what is stored, what it costs, who is alive."""
