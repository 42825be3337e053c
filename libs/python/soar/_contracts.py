"""The messages of the contracts, made of their descriptors when they are first imported.

They stand in a pool of their own: generated code of the same contracts, or of buf's validation rules, may be in the
same process. Not generated code, whose version would have to fit that of protobuf.
"""

from __future__ import annotations

import functools
import importlib.resources
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal import enum_type_wrapper

from soar import _services


@functools.cache
def _files() -> tuple[Any, ...]:
    """Descriptors of all files, each behind what it imports."""
    data = importlib.resources.files("soar").joinpath("contracts.binpb").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    names = []
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.AddSerializedFile(file.SerializeToString())
        names.append(file.name)
    return tuple(pool.FindFileByName(name) for name in names)


def names_of(package: str) -> dict[str, Any]:
    """What the module of a package has: classes of messages, enums with their values, stubs and servicers."""
    names: dict[str, Any] = {}
    for file in _files():
        if file.package != package:
            continue
        for name, message in file.message_types_by_name.items():
            names[name] = message_factory.GetMessageClass(message)
        for name, enum in file.enum_types_by_name.items():
            names[name] = enum_type_wrapper.EnumTypeWrapper(enum)
            names.update((value.name, value.number) for value in enum.values)
        for service in file.services_by_name.values():
            names.update(_services.names_of(service, message_factory.GetMessageClass))
    return names
