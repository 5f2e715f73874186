"""Open, declarative conformance tests for DLMS/COSEM (IEC 62056) meters."""
