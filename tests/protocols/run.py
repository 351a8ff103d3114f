"""Every operation of every service: what stairway-aws writes and reads beside what botocore does.

Requests are built from drawn input by both and compared; responses are synthesised from drawn output and
parsed by both; so are the errors of each service. `--sample N` takes N operations of each service, the
same every time; without it all are taken. The last line printed is `N passed, N failed`.
"""

import argparse
import base64
import collections
import concurrent.futures
import copy
import json
import os
import re
import subprocess
import sys
import urllib.parse
import zlib
from pathlib import Path
from xml.etree import ElementTree

import botocore.session
from botocore import parsers
from botocore.awsrequest import HeadersDict
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence

import responses
import values

ROOT = Path(__file__).resolve().parents[2]

# The first that a service offers is spoken; CBOR only where there is nothing else.
PREFERENCE = ["json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor"]

# What the crate adds to what botocore's serialisers give; botocore adds most of it later, in its handlers.
OWN_HEADERS = re.compile(r"x-amz-checksum-|x-amz-sdk-checksum-algorithm$|content-type$|accept$|x-amz-glacier-version$|x-amz-sha256-tree-hash$")

TOKEN = "00000000-0000-4000-8000-000000000000"


class Codec:
    """The crate behind a pipe."""

    def __init__(self, binary):
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Mismatch(Exception):
    pass


def load_model(session, name):
    description = copy.deepcopy(session.get_service_data(name))
    # As botocore's handlers do before each request.
    for body in description["operations"].values():
        if name == "s3control" and body.get("endpoint", {}).get("hostPrefix") == "{AccountId}.":
            del body["endpoint"]
    model = ServiceModel(description, name)
    offered = model.metadata.get("protocols") or [model.metadata["protocol"]]
    return model, next(protocol for protocol in PREFERENCE if protocol in offered)


def same(what, ours, theirs):
    if ours != theirs:
        raise Mismatch(f"{what}\n      ours:   {str(ours)[:1500]}\n      theirs: {str(theirs)[:1500]}")


def check_request(codec, model, protocol, operation, seed, keep):
    drawn = values.Values(seed)
    given = drawn.structure(operation.input_shape, keep) if operation.input_shape else {}
    for name in operation.idempotent_members:
        given.pop(name, None)
    if given.get("ChecksumAlgorithm", "").startswith("XXHASH"):
        # Refused by the crate, and by botocore without its extension in C.
        given["ChecksumAlgorithm"] = "SHA256"
    answer = codec.ask(do="build", service=model.service_name, operation=operation.name, input=values.to_json(given), token=TOKEN)
    if operation.has_event_stream_input or operation.has_event_stream_output:
        if "event stream" not in answer.get("error", ""):
            raise Mismatch(f"an event stream was not refused: {str(answer)[:300]}")
        return
    if "error" in answer:
        raise Mismatch(f"refused: {answer['error']}")
    # In botocore the caller's side adds tokens and names, before the serialisers.
    given.update(dict.fromkeys(operation.idempotent_members, TOKEN))
    if model.service_name == "route53":
        for name in ("Id", "HostedZoneId", "DelegationSetId"):
            if name in given:
                given[name] = given[name].split("/")[-1]
    theirs = create_serializer(protocol, include_validation=False).serialize_to_request(given, operation)
    same("method", answer["method"], theirs["method"])
    same("host prefix", answer["host_prefix"], theirs.get("host_prefix"))
    path, _, query = theirs["url_path"].partition("?")
    more = theirs["query_string"]
    more = more if isinstance(more, str) else percent_encode_sequence(more)
    same("path", urllib.parse.unquote(answer["path"]), urllib.parse.unquote(path))
    same("path in pieces", answer["path"].count("/"), path.count("/"))
    same("query", pairs(answer["query"]), pairs(shorter("&".join(filter(None, [query, more])))))
    body = base64.b64decode(answer["body"])
    check_headers(answer["headers"], theirs["headers"], body)
    same("body", readable_body(protocol, operation, body), readable_body(protocol, operation, theirs["body"]))


def shorter(text):
    """Botocore writes six digits of a second where three say it."""
    return re.sub(r"(T\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d{3})000Z", r"\1Z", text)


def pairs(query):
    return sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))


def check_headers(ours, theirs, body):
    ours = {name.lower(): value for name, value in ours}
    theirs = {name.lower(): value if isinstance(value, str) else str(value) for name, value in theirs.items()}
    for name, value in theirs.items():
        # In headers botocore cuts times to the second.
        if ours.get(name) != value and re.sub(r"\.\d+Z$", "Z", ours.get(name, "")) != value:
            raise Mismatch(f"header {name}\n      ours:   {ours.get(name)}\n      theirs: {value}")
    for name in ours.keys() - theirs.keys():
        if not OWN_HEADERS.match(name):
            raise Mismatch(f"header {name} is ours alone: {ours[name]}")
    if "x-amz-checksum-crc32" in ours.keys() - theirs.keys():
        same("checksum", ours["x-amz-checksum-crc32"], base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode())


def readable_body(protocol, operation, body):
    if isinstance(body, dict):
        return sorted((name, normal(shorter(str(value)))) for name, value in body.items())
    if protocol in ("query", "ec2"):
        return sorted((name, normal(value)) for name, value in pairs(body.decode()))
    payload = operation.input_shape.serialization.get("payload") if operation.input_shape else None
    if payload and operation.input_shape.members[payload].type_name in ("blob", "string"):
        return body
    if not body:
        return None
    if protocol in ("json", "rest-json"):
        return json.loads(shorter(body.decode()))
    if protocol == "rest-xml":
        return tree(ElementTree.fromstring(body))
    parser = parsers.create_parser(protocol)
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))


def normal(text):
    """Numbers in one spelling: Rust's `1e300` is Python's `1e+300`."""
    return repr(float(text)) if re.fullmatch(r"-?[0-9.]+e[+-]?[0-9]+", text) else text


def tree(node):
    text = normal(shorter(node.text or ""))
    return (node.tag, sorted(node.attrib.items()), text, [tree(child) for child in node])


def check_response(codec, model, protocol, operation, seed):
    if operation.has_event_stream_input or operation.has_event_stream_output:
        return
    shape = operation.output_shape
    drawn = values.Values(seed, is_response=True).structure(shape, 0.8) if shape else {}
    response = responses.success(protocol, operation, drawn)
    if model.service_name == "s3" and operation.name == "GetBucketLocation":
        response.body = b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>'
    answer = parse(codec, model, operation, response)
    if "result" not in answer:
        raise Mismatch(f"not read: {str(answer)[:600]}\n      body: {response.body[:600]}")
    theirs = parsers.create_parser(protocol).parse(as_botocore(response), shape)
    theirs.pop("ResponseMetadata", None)
    if model.service_name == "s3" and operation.name == "GetBucketLocation":
        theirs = {"LocationConstraint": "eu-west-1"}
    payload = shape.serialization.get("payload") if shape else None
    if payload and isinstance(theirs.get(payload), str) and shape.members[payload].type_name == "blob":
        theirs[payload] = theirs[payload].encode()
    if payload and payload not in drawn and theirs.get(payload) == {}:
        # Without a body there is no payload; botocore makes an empty one.
        del theirs[payload]
    same("result", comparable(answer["result"]), comparable(values.to_json(theirs)))


def check_error(codec, model, protocol, operation, shape, seed):
    value = values.Values(seed, is_response=True).structure(shape, 0.8)
    code = shape.error_code
    response = responses.error(protocol, shape, code, value, "it went wrong")
    answer = parse(codec, model, operation, response).get("refused")
    if not answer:
        raise Mismatch("an error was read as a success")
    parser = parsers.create_parser(protocol)
    theirs = parser.parse(as_botocore(response), operation.output_shape)
    same("code", answer["code"], theirs["Error"]["Code"])
    same("message", answer["message"] or "", theirs["Error"]["Message"] or "")
    same("request id", answer["request_id"], theirs["ResponseMetadata"].get("RequestId"))
    modelled = parser.parse(as_botocore(response), model.shape_for_error_code(code))
    same("members", comparable(answer["members"]), comparable(values.to_json(modelled)))


def comparable(value):
    """Whole doubles and integers are one in JSON."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value


def parse(codec, model, operation, response):
    return codec.ask(
        do="parse",
        service=model.service_name,
        operation=operation.name,
        status=response.status,
        headers={name: str(value) for name, value in response.headers.items()},
        body=base64.b64encode(response.body).decode(),
    )


def as_botocore(response):
    headers = HeadersDict({name: str(value) for name, value in response.headers.items()})
    return {"status_code": response.status, "headers": headers, "body": response.body, "context": {}}


def sample(names, count):
    """Spread over the alphabet, the same every time."""
    if count is None or count >= len(names):
        return names
    step = len(names) / count
    return [names[int(index * step)] for index in range(count)]


def check_service(binary, name, count):
    """Counts by kind of check, and what did not match."""
    model, protocol = load_model(botocore.session.get_session(), name)
    codec = Codec(binary)
    counts, mismatches = collections.Counter(), []

    def run(kind, subject, check, *arguments):
        try:
            check(codec, model, protocol, *arguments)
            counts[kind] += 1
        except Exception as error:  # A crash of either side is a finding too.
            words = str(error) if isinstance(error, Mismatch) else repr(error)
            mismatches.append(f"{name} {subject} {kind}: {words}")

    names = sample(model.operation_names, count)
    for operation_name in names:
        operation = model.operation_model(operation_name)
        for variant, keep in (("full", 1.0), ("half", 0.5), ("bare", 0.0)):
            run("requests", f"{operation_name} ({variant})", check_request, operation, f"{operation_name} {variant}", keep)
        run("responses", operation_name, check_response, operation, operation_name)
    for shape in sample(model.error_shapes, count):
        operation = model.operation_model(names[0])
        run("errors", shape.name, check_error, operation, shape, shape.name)
    codec.close()
    return name, protocol, len(names), counts, mismatches


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, help="operations of each service; all where left out")
    arguments.add_argument("--codec", default=os.environ.get("STAIRWAY_CODEC"), help="the example `codec` of stairway-aws")
    arguments.add_argument("--show", type=int, default=20, help="how many mismatches are printed in full")
    arguments.add_argument("services", nargs="*", help="botocore's names; all that the model file has where left out")
    options = arguments.parse_args()
    table = (ROOT / "crates/aws/models/sdk_services.tsv").read_text().splitlines()
    names = options.services or sorted({line.split("\t")[1] for line in table} - {""})
    totals, by_protocol, mismatches, operations = collections.Counter(), collections.Counter(), [], 0
    with concurrent.futures.ProcessPoolExecutor() as pool:
        jobs = [pool.submit(check_service, options.codec, name, options.sample) for name in names]
        for job in concurrent.futures.as_completed(jobs):
            _, protocol, count, counts, found = job.result()
            operations += count
            by_protocol[protocol] += count
            totals.update(counts)
            mismatches += found
    for mismatch in sorted(mismatches)[: options.show]:
        print(f"  {mismatch}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(totals.items()))
    spoken = ", ".join(f"{protocol} {count}" for protocol, count in sorted(by_protocol.items()))
    print(f"{operations} operations of {len(names)} services ({spoken}): {kinds} agree with botocore {botocore.__version__}")
    print(f"{sum(totals.values())} passed, {len(mismatches)} failed")
    sys.exit(bool(mismatches))


if __name__ == "__main__":
    main()
