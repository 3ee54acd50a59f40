"""Words that are typed and not sent: kept on the server, and replies about to go out."""
