"""Stubs for clients and base classes for servers, made of a service's descriptor and named as grpc's plugin names
them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import grpc

Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)


class UnaryCall(Protocol[Request, Response]):
    """A method with one answer."""

    def __call__(self, request: Request, timeout: float | None = None, metadata: Any = None) -> Response: ...


class StreamCall(Protocol[Request, Response]):
    """A method that answers with a stream."""

    def __call__(
        self, request: Request, timeout: float | None = None, metadata: Any = None
    ) -> Iterator[Response]: ...


def names_of(service: Any, class_of: Callable[[Any], Any]) -> dict[str, Any]:
    """The stub, the servicer and the function that adds one to a server."""
    name = service.name
    servicer = _servicer(service)
    return {
        f"{name}Stub": _stub(service, class_of),
        f"{name}Servicer": servicer,
        f"add_{name}Servicer_to_server": _adder(service, class_of),
    }


def _path(service: Any, method: Any) -> str:
    return f"/{service.full_name}/{method.name}"


def _stub(service: Any, class_of: Callable[[Any], Any]) -> type:
    def __init__(self: Any, channel: Any) -> None:
        for method in service.methods:
            make = channel.unary_stream if method.server_streaming else channel.unary_unary
            call = make(
                _path(service, method),
                request_serializer=class_of(method.input_type).SerializeToString,
                response_deserializer=class_of(method.output_type).FromString,
            )
            setattr(self, method.name, call)

    return type(f"{service.name}Stub", (), {"__init__": __init__, "__module__": service.file.package})


def _servicer(service: Any) -> type:
    def left_out(self: Any, request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"this {service.name} does not have the method")

    methods = {method.name: left_out for method in service.methods}
    return type(f"{service.name}Servicer", (), {**methods, "__module__": service.file.package})


def _adder(service: Any, class_of: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    def add(servicer: Any, server: Any) -> None:
        handlers = {}
        for method in service.methods:
            make = (
                grpc.unary_stream_rpc_method_handler
                if method.server_streaming
                else grpc.unary_unary_rpc_method_handler
            )
            handlers[method.name] = make(
                getattr(servicer, method.name),
                request_deserializer=class_of(method.input_type).FromString,
                response_serializer=class_of(method.output_type).SerializeToString,
            )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service.full_name, handlers),))

    return add
