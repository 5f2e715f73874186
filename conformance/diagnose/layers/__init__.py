"""What an exchange shows below its APDUs: the line, HDLC, LLC and the wrapper."""
