"""Where pictures come from: folder, landing folder, video, GigE Vision, HTTP, synthetic slabs."""
