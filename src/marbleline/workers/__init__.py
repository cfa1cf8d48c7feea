"""Who moves the frames. They know the ports and the domain, and no server."""
