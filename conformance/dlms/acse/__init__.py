"""ACSE: the APDUs that open and release an application association (ISO/IEC 8650-1 as IEC 62056-5-3 profiles it)."""
