"""How the tester carries APDUs: HDLC (IEC 62056-46) and the wrapper (IEC 62056-47)."""
