"""The HDLC based data link layer as octets (IEC 62056-46)."""
