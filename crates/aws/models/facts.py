"""The facts of botocore's service models, packed for `cargo xtask models`.

Usage: facts.py <botocore's folder> <file with one service name a line> <output>

Facts only: names, places, types and bounds. No documentation leaves botocore's files. The output is a
plain sequence of blobs, each with its length in front: the partitions, then for every service its name,
its packed model and its endpoint rules as JSON. `crates/aws/src/model/decode.rs` reads the packed form.
"""

import copy
import gzip
import json
import struct
import sys
from pathlib import Path

KINDS = ["structure", "list", "map", "string", "integer", "long", "float", "double", "boolean", "timestamp", "blob"]
LOCATIONS = ["uri", "querystring", "header", "headers", "statusCode"]
TIMESTAMPS = ["iso8601", "unixtimestamp", "rfc822"]
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"]

# Shapes that older models still call by other names.
KIND_ALIASES = {"character": "string", "float": "float", "short": "integer", "byte": "integer"}


# What may stand in a model: what is packed below, and what is known to be of no use here. Anything else is
# new, and somebody must decide.
WORDS = {
    "metadata": "apiVersion auth awsQueryCompatible checksumFormat endpointPrefix globalEndpoint jsonVersion protocol"
    " protocols protocolSettings ripServiceName serviceAbbreviation serviceFullName serviceId signatureVersion"
    " signingName targetPrefix uid xmlNamespace",
    "operation": "auth authtype deprecated deprecatedMessage deprecatedSince documentation endpoint"
    " endpointdiscovery endpointoperation errors http httpChecksum httpChecksumRequired idempotent input name"
    " operationContextParams output readonly requestcompression staticContextParams unsignedPayload",
    "shape": "box deprecated deprecatedMessage deprecatedSince document documentation enum error event eventstream"
    " exception fault flattened key locationName max member members min pattern payload required requiresLength"
    " retryable sensitive sparse streaming synthetic timestampFormat type union value wrapper xmlNamespace xmlOrder",
    "reference": "box contextParam deprecated deprecatedMessage deprecatedSince documentation enum eventpayload"
    " flattened hostLabel idempotencyToken jsonvalue location locationName queryName resultWrapper shape streaming"
    " xmlAttribute xmlNamespace",
}
WORDS = {kind: set(words.split()) for kind, words in WORDS.items()}


def refuse_news(kind, body):
    news = body.keys() - WORDS[kind]
    if news:
        sys.exit(f"facts.py knows no {', '.join(sorted(news))} of a {kind}: see docs/howto/update-aws-models.md")


class Packer:
    """Numbers as LEB128; strings and shapes are numbered where they are first named, which costs one zero."""

    def __init__(self, shapes):
        self.out = bytearray()
        self.strings = {}
        self.shapes = shapes
        self.numbers = {}
        self.pending = []

    def number(self, value):
        while True:
            low = value & 0x7F
            value >>= 7
            self.out.append(low | (0x80 if value else 0))
            if not value:
                return

    def text(self, value):
        self.first_or_again(self.strings, str(value))

    def optional(self, value):
        self.number(value is not None)
        if value is not None:
            self.text(value)

    def texts(self, values):
        self.number(len(values))
        for value in values:
            self.text(value)

    def flags(self, *bits):
        self.number(sum(1 << index for index, bit in enumerate(bits) if bit))

    def shape_number(self, name):
        key = identity(name, self.shapes[name])
        if self.first_or_again(self.numbers, key):
            self.pending.append(name)

    def first_or_again(self, known, key):
        is_new = key not in known
        self.number(0 if is_new else known[key] + 1)
        known.setdefault(key, len(known))
        return is_new

    def finish(self):
        head = Packer({})
        head.number(len(self.strings))
        for value in self.strings:
            encoded = value.encode()
            head.number(len(encoded))
            head.out += encoded
        return bytes(head.out + self.out)


def identity(name, body):
    """Two scalars with the same facts are one shape, whatever they are called."""
    if body["type"] in ("structure", "list", "map"):
        return name
    facts = {key: value for key, value in body.items() if "documentation" not in key and "deprecated" not in key}
    return json.dumps(facts, sort_keys=True)


def reference(pack, ref, required=False):
    """A use of a shape. What the use says outranks what the shape says, as in botocore."""
    refuse_news("reference", ref)
    traits = {**pack.shapes[ref["shape"]], **ref}
    namespace = traits.get("xmlNamespace")
    if isinstance(namespace, str):
        namespace = {"uri": namespace}
    name = traits.get("locationName")
    location = traits.get("location")
    timestamp = traits.get("timestampFormat")
    context = traits.get("contextParam", {}).get("name")
    pack.shape_number(ref["shape"])
    pack.flags(
        name is not None,
        location is not None,
        required,
        timestamp is not None,
        traits.get("flattened"),
        traits.get("idempotencyToken"),
        context is not None,
        namespace is not None,
        traits.get("streaming"),
        traits.get("hostLabel"),
        traits.get("jsonvalue"),
        traits.get("queryName") is not None,
        traits.get("xmlAttribute"),
    )
    if name is not None:
        pack.text(name)
    if location is not None:
        pack.number(LOCATIONS.index(location))
    if timestamp is not None:
        pack.number(TIMESTAMPS.index(timestamp.lower()))
    if context is not None:
        pack.text(context)
    if namespace is not None:
        pack.text(namespace["uri"])
        pack.optional(namespace.get("prefix"))
    if traits.get("queryName") is not None:
        pack.text(traits["queryName"])


def shape(pack, name):
    body = pack.shapes[name]
    refuse_news("shape", body)
    kind = KIND_ALIASES.get(body["type"], body["type"])
    error = body.get("error", {})
    is_exception = bool(body.get("exception") or "error" in body)
    pack.number(KINDS.index(kind))
    pack.flags(
        is_exception,
        body.get("document"),
        body.get("union"),
        body.get("eventstream"),
        body.get("sensitive"),
        body.get("fault") or error.get("fault"),
        error.get("senderFault"),
        "retryable" in body,
        body.get("retryable", {}).get("throttling"),
    )
    if kind == "structure":
        required = set(body.get("required", ()))
        pack.number(len(body["members"]))
        for member, ref in body["members"].items():
            pack.text(member)
            reference(pack, ref, member in required)
        pack.optional(body.get("payload"))
        if is_exception:
            pack.text(name)
            pack.optional(error.get("code"))
            pack.number(error.get("httpStatusCode", 0))
    elif kind == "list":
        reference(pack, body["member"])
        bounds(pack, body)
    elif kind == "map":
        reference(pack, body["key"])
        reference(pack, body["value"])
        bounds(pack, body)
    else:
        pack.texts(body.get("enum", ()))
        pack.optional(body.get("pattern"))
        bounds(pack, body)


def bounds(pack, body):
    pack.optional(body.get("min"))
    pack.optional(body.get("max"))


def operation(pack, name, body):
    refuse_news("operation", body)
    checksum = body.get("httpChecksum", {})
    pack.text(name)
    pack.text(body["http"].get("method", "POST"))
    pack.text(body["http"].get("requestUri", "/"))
    pack.number(body["http"].get("responseCode", 200))
    pack.flags(
        "input" in body,
        "output" in body,
        body.get("idempotent"),
        body.get("readonly"),
        body.get("authtype") == "none" or "smithy.api#noAuth" in body.get("auth", ()),
        body.get("unsignedPayload"),
        body.get("httpChecksumRequired") or checksum.get("requestChecksumRequired"),
        "requestcompression" in body,
        body.get("deprecated"),
    )
    if "input" in body:
        reference(pack, body["input"])
    if "output" in body:
        reference(pack, body["output"])
        pack.optional(body["output"].get("resultWrapper"))
    pack.number(len(body.get("errors", ())))
    for error in body.get("errors", ()):
        pack.shape_number(error["shape"])
    pack.optional(body.get("endpoint", {}).get("hostPrefix"))
    pack.optional(checksum.get("requestAlgorithmMember"))
    pack.texts(body.get("auth", ()))
    static = body.get("staticContextParams", {})
    pack.number(len(static))
    for parameter, value in static.items():
        pack.text(parameter)
        pack.text(json.dumps(value["value"], separators=(",", ":")))
    paths = body.get("operationContextParams", {})
    pack.number(len(paths))
    for parameter, value in paths.items():
        pack.text(parameter)
        pack.text(value["path"])


def pack_service(model):
    meta = model["metadata"]
    refuse_news("metadata", meta)
    pack = Packer(model["shapes"])
    for key in ("serviceId", "endpointPrefix", "apiVersion", "serviceFullName", "signatureVersion"):
        pack.text(meta[key])
    pack.text(meta.get("signingName", meta["endpointPrefix"]))
    namespace = meta.get("xmlNamespace")
    for value in (
        meta.get("targetPrefix"),
        meta.get("jsonVersion"),
        namespace["uri"] if isinstance(namespace, dict) else namespace,
        meta.get("globalEndpoint"),
    ):
        pack.optional(value)
    pack.flags("awsQueryCompatible" in meta)
    protocols = meta.get("protocols") or [meta["protocol"]]
    pack.number(len(protocols))
    for protocol in protocols:
        pack.number(PROTOCOLS.index(protocol))
    pack.texts(meta.get("auth", ()))
    pack.number(len(model["operations"]))
    for name, body in model["operations"].items():
        operation(pack, name, body)
    # A service may answer any operation with any of its errors.
    errors = [name for name, body in model["shapes"].items() if body.get("exception") or "error" in body]
    pack.number(len(errors))
    for name in errors:
        pack.shape_number(name)
    # Packing a shape names further ones, until none is left.
    while pack.pending:
        pack.number(1)
        shape(pack, pack.pending.pop(0))
    pack.number(0)
    return pack.finish()


def customise(service, model):
    """What botocore's handlers change in a model before each request, done once."""
    for body in model["operations"].values():
        if service == "s3control" and body.get("endpoint", {}).get("hostPrefix") == "{AccountId}.":
            # The endpoint's rules place the account.
            del body["endpoint"]


def load(folder, kind):
    for suffix, opener in ((".json.gz", gzip.open), (".json", open)):
        path = folder / (kind + suffix)
        if path.exists():
            with opener(path, "rt", encoding="utf-8") as file:
                return json.load(file)
    return None


def merge(base, extra):
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = copy.deepcopy(value)


def load_service(folder):
    model = load(folder, "service-2")
    extras = load(folder, "service-2.sdk-extras")
    if extras:
        merge(model, extras.get("merge", {}))
    return model


def main():
    botocore, names, output = (Path(argument) for argument in sys.argv[1:])
    blobs = [json.dumps(load(botocore / "data", "partitions"), separators=(",", ":")).encode()]
    for service in names.read_text().split():
        versions = sorted(path for path in (botocore / "data" / service).iterdir() if path.is_dir())
        folder = versions[-1]
        model = load_service(folder)
        customise(service, model)
        rules = load(folder, "endpoint-rule-set-1")
        blobs += [service.encode(), pack_service(model), json.dumps(rules, separators=(",", ":")).encode()]
    with output.open("wb") as file:
        for blob in blobs:
            file.write(struct.pack("<I", len(blob)) + blob)


main()
