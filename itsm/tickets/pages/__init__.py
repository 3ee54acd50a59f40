"""Pages of the shared record: lists, ticket, create, files."""
