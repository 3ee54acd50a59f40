"""Versioned process definitions and the engine that runs them."""
