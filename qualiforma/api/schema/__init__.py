"""The parts of the OpenAPI 3.1 document that all endpoints share.

drf-spectacular reads views and serializers; `mapping` adds what our base serializers and fields
promise, `operations` what the kernel does to every call, `document` what is known at the end.
"""

from qualiforma.api.schema import mapping, security
from qualiforma.api.schema.document import finish, only_the_api
from qualiforma.api.schema.operations import KernelSchema

__all__ = ["KernelSchema", "finish", "mapping", "only_the_api", "security"]
