"""Where the servers of a test are, for the processes that it starts."""

from django.db import connection


def database_url(name: str = "") -> str:
    """The address of this test's database, or of another one on its server."""
    told = connection.settings_dict
    login = told["USER"] + (f":{told['PASSWORD']}" if told["PASSWORD"] else "")
    host, port = told["OPTIONS"].get("host") or told["HOST"], told["PORT"]
    name = name or told["NAME"]
    if host.startswith("/") or not host:
        return f"postgresql://{login}@/{name}?host={host}"
    return f"postgresql://{login}@{host}{f':{port}' if port else ''}/{name}"
