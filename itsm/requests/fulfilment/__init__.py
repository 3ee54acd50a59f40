"""What happens after an order: steps by stage and team, some of them without hands."""
