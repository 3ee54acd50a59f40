"""Words that are typed and not sent, kept on the server; replies about to go out."""
