"""What complaints and improvement plans put into an audit bundle (indicators 31 and 32).

Found by its name when the apps are ready (see `qualiforma.bundle`).
"""

from improvements.bundle import folders, registers, risks

__all__ = ["folders", "registers", "risks"]
