"""One module per format: a body as its tool sends it becomes signals. All pure."""
