"""Kinds of change that come again: template, record, standing, and what is proposed."""
