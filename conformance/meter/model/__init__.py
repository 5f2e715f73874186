"""What the embedded meter holds: logical devices, their objects, and who may do what with them."""
