"""Cryptographic protection of APDUs and challenges: security header, AES-GCM, HLS mechanisms, secrets."""
