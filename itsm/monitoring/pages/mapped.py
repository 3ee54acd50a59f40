edit = None
