"""`python -m config.health PORT`: exit 0 when the process there is alive."""

import os
import sys

from config.supervisor import answers, health_request


def main(port: int) -> int:
    """Ask the process of this container under the name it answers to."""
    request = health_request("127.0.0.1", port, os.environ["BASE_URL"])
    return 0 if answers(request) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
