"""Feedback: asked at the end, owned by somebody, answered."""
