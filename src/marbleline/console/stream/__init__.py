"""What changes on the screen by itself: drawn on the server, sent as changes by a websocket."""
