"""Promises: agreements, clocks, and the sweep that never misses one."""
