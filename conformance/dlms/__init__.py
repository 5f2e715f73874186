"""The language on the wire: values to octets and back; pure, without I/O or clock."""
