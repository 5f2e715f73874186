"""Octets to and from a device: loopback in virtual time, TCP; clocks; serving the embedded meter."""
