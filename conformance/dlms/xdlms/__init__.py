"""xDLMS: the APDUs that carry data inside an application association (IEC 62056-5-3)."""
