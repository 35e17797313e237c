"""Signs and verifies approvals with OpenSSH's own `ssh-keygen -Y`, so that agents and hardware keys work."""

from reconciler.signatures.signers import parse_signers
from reconciler.signatures.signing import sign
from reconciler.signatures.verifying import principals_of, verify

__all__ = ["parse_signers", "principals_of", "sign", "verify"]
