"""Responses as a service would write them, out of values: the opposite of botocore's parsers."""

import base64
import json
from xml.sax.saxutils import escape, quoteattr

from botocore.serialize import SERIALIZERS, ISO8601

REQUEST_ID = "11111111-2222-3333-4444-555555555555"


class Response:
    def __init__(self, status=200):
        self.status = status
        self.headers = {"x-amzn-requestid": REQUEST_ID}
        self.body = b""


def success(protocol, operation, value):
    shape = operation.output_shape
    response = Response()
    if protocol in ("json", "smithy-rpc-v2-cbor"):
        response.body = _document(protocol, shape, value) if shape else b"{}" if protocol == "json" else b""
    elif protocol in ("query", "ec2"):
        response.body = _query(protocol, operation, shape, value)
    else:
        _rest(protocol, shape, value, response, operation.name + "Response")
    return response


def error(protocol, shape, code, value, message):
    """The answer of a service that refuses, with a modelled error."""
    response = Response(shape.metadata.get("error", {}).get("httpStatusCode", 400))
    # Some models name what stands in every error as members of theirs; the protocol's own word counts.
    for name, member in shape.members.items():
        if member.serialization.get("name", name).lower() in ("code", "x-amzn-errortype"):
            value.pop(name, None)
    text = next((value.pop(name) for name in ("message", "Message") if isinstance(value.get(name), str)), None)
    text = message if text is None else text
    if protocol in ("query", "ec2", "rest-xml"):
        response.headers.pop("x-amzn-requestid")
        inner = f"<Code>{code}</Code><Message>{escape(text)}</Message>{_xml_members(shape, value)}"
        if protocol == "ec2":
            body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        else:
            body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        response.body = body.encode()
        _headers(shape, value, response)
        return response
    if protocol == "rest-json":
        # The headers' members first: they are no part of the body.
        _rest(protocol, shape, value, response, shape.name)
        response.headers["x-amzn-errortype"] = code + ":http://internal.amazon.com/coral/"
        members = json.loads(response.body or b"{}")
        members["message"] = text
        response.body = json.dumps(members).encode()
    elif protocol == "json":
        members = json.loads(_document(protocol, shape, value))
        members["__type"] = "com.amazonaws.service#" + code
        members["message"] = text
        response.body = json.dumps(members).encode()
    else:
        response.body = _cbor_error(shape, value, code, text)
    return response


def _document(protocol, shape, value):
    serializer = SERIALIZERS[protocol]()
    if protocol == "smithy-rpc-v2-cbor":
        body = bytearray()
        serializer._serialize_data_item(body, value, shape)
        return bytes(body)
    body = {}
    serializer._serialize(body, value, shape)
    return json.dumps(body).encode()


def _cbor_error(shape, value, code, text):
    serializer = SERIALIZERS["smithy-rpc-v2-cbor"]()
    members = bytearray()
    serializer._serialize_data_item(members, value, shape)
    # Of indefinite length: the members' own head is left out.
    body = bytearray(b"\xbf")
    for word in ("__type", "com.amazonaws.service#" + code, "message", text):
        serializer._serialize_type_string(body, word, None, None)
    assert len(value) < 24
    body += members[1:] + b"\xff"
    return bytes(body)


def _rest(protocol, shape, value, response, root):
    if shape is None:
        return
    _headers(shape, value, response)
    body = {name: item for name, item in value.items() if "location" not in shape.members[name].serialization}
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if payload not in value:
            return
        item = value[payload]
        if member.type_name in ("blob", "string"):
            response.body = item if isinstance(item, bytes) else item.encode()
        elif protocol == "rest-json":
            response.body = json.dumps(_json(member, item)).encode()
        else:
            response.body = _xml(member, item, member.serialization.get("name", payload)).encode()
    elif protocol == "rest-json":
        response.body = json.dumps({_name(shape, name): _json(shape.members[name], item) for name, item in body.items()}).encode()
    elif any("location" not in member.serialization for member in shape.members.values()):
        response.body = f'<?xml version="1.0"?><{root} xmlns="http://example.com/">{_xml_members(shape, body)}</{root}>'.encode()


def _json(shape, value):
    wrapper = {}
    SERIALIZERS["rest-json"]()._serialize(wrapper, value, shape, "value")
    return wrapper["value"]


def _headers(shape, value, response):
    serializer = SERIALIZERS["rest-json"]()
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if name not in value:
            continue
        if location == "header":
            response.headers[_name(shape, name)] = serializer._convert_header_value(member, value[name])
        elif location == "headers":
            for key, item in value[name].items():
                response.headers[member.serialization.get("name", "") + key] = item


def _query(protocol, operation, shape, value):
    inner = _xml_members(shape, value) if shape else ""
    name = operation.name + "Response"
    if protocol == "ec2":
        return f'<{name} xmlns="http://ec2.amazonaws.com/doc/">{inner}<requestId>{REQUEST_ID}</requestId></{name}>'.encode()
    wrapper = shape.serialization.get("resultWrapper") if shape else None
    if wrapper:
        inner = f"<{wrapper}>{inner}</{wrapper}>"
    metadata = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
    return f'<{name} xmlns="http://example.com/doc/">{inner}{metadata}</{name}>'.encode()


def _name(shape, member):
    return shape.members[member].serialization.get("name", member)


def _xml_members(shape, value):
    parts = []
    for name, item in value.items():
        member = shape.members[name]
        if "location" in member.serialization or member.serialization.get("xmlAttribute"):
            continue
        wire = _name(shape, name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            wire = member.member.serialization.get("name", wire)
        parts.append(_xml(member, item, wire))
    return "".join(parts)


def _xml(shape, value, name):
    kind = shape.type_name
    if kind == "structure":
        attributes = "".join(
            f" xmlns:{_name(shape, member).split(':')[0]}=\"http://attributes\" {_name(shape, member)}={quoteattr(value[member])}"
            for member in shape.members
            if shape.members[member].serialization.get("xmlAttribute") and member in value
        )
        return f"<{name}{attributes}>{_xml_members(shape, value)}</{name}>"
    if kind == "list":
        if shape.serialization.get("flattened"):
            return "".join(_xml(shape.member, item, name) for item in value)
        inner = shape.member.serialization.get("name", "member")
        return f"<{name}>{''.join(_xml(shape.member, item, inner) for item in value)}</{name}>"
    if kind == "map":
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        entries = [
            _xml(shape.key, key, key_name) + _xml(shape.value, item, value_name) for key, item in value.items()
        ]
        if shape.serialization.get("flattened"):
            return "".join(f"<{name}>{entry}</{name}>" for entry in entries)
        return f"<{name}>{''.join(f'<entry>{entry}</entry>' for entry in entries)}</{name}>"
    return f"<{name}>{escape(_text(shape, value))}</{name}>"


def _text(shape, value):
    if shape.type_name == "boolean":
        return "true" if value else "false"
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if shape.type_name == "timestamp":
        return value.strftime(ISO8601) if value.microsecond == 0 else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)
