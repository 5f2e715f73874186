"""What a meter offers, found out by asking: addresses, clients, contexts, mechanisms, objects; never by guessing."""
