"""What is measured: loads, floors, results. `python -m bench` runs it all."""
