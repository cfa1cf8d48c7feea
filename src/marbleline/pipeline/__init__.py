"""The long-running workers: camera, encoder, publisher, recorders, shadow, sink worker; and the consumer
loop that they share (receive, handle, publish, acknowledge).
"""
