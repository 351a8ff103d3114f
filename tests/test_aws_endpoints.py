"""Endpoint rules: every service's rule set, walked by us and by botocore, gives the same endpoint."""

import itertools

import botocore.loaders
import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

REGIONS = [
    "us-east-1",
    "eu-central-1",
    "ap-southeast-2",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "eu-isoe-west-1",
    "us-isob-east-1",
    "eusc-de-east-1",
    "aws-global",
    "aws-cn-global",
    "us-future-9",
    "nowhere",
]
FLAGS = [
    {"UseFIPS": fips, "UseDualStack": dual} for fips, dual in itertools.product((False, True), repeat=2)
]
ENDPOINTS = [None, "http://localhost:4566", "https://10.0.0.1:8443/base"]

# Values for what rule sets read from inputs; each is combined with every region and flag.
INPUTS = {
    "acm": [{"ServiceType": kind} for kind in ("ACM", "ACM-ACME")],
    "s3": [
        {"Bucket": bucket} | more
        for bucket in (
            "my-bucket",
            "my.bucket",
            "UPPER_bucket",
            "ab",
            "10.1.2.3",
            "a b/ü",
            "use1--az1--x-s3",
            "directory--use1-az1--x-s3",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/point",
            "arn:aws:s3:us-west-2:123456789012:accesspoint:point",
            "arn:aws:s3::123456789012:accesspoint/mrap.mrap",
            "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/lambda",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/point",
            "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/point",
            "arn:aws:s3:us-west-2::accesspoint/point",
            "arn:aws:sns:us-west-2:123456789012:topic",
            "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3ebeta0--op-s3",
        )
        for more in (
            {},
            {"ForcePathStyle": True},
            {"Accelerate": True},
            {"UseArnRegion": True},
            {"UseArnRegion": False},
            {"UseGlobalEndpoint": True},
            {"DisableS3ExpressSessionAuth": True},
            {"DisableMultiRegionAccessPoints": True},
            {"UseS3ExpressControlEndpoint": True},
        )
    ],
    "s3control": [
        {"AccountId": "123456789012"},
        {"AccountId": "not valid"},
        {"AccountId": "123456789012", "RequiresAccountId": True},
        {"RequiresAccountId": True},
        {"OutpostId": "op-123"},
        {"Bucket": "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:bucket:mine", "RequiresAccountId": True},
        {"AccessPointName": "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:mine"},
    ],
    "dynamodb": [
        {"AccountId": "123456789012", "AccountIdEndpointMode": mode} | more
        for mode in ("preferred", "required", "disabled")
        for more in (
            {},
            {"ResourceArn": "arn:aws:dynamodb:us-east-1:210987654321:table/t"},
            {"ResourceArnList": ["arn:aws:dynamodb:us-east-1:210987654321:table/t"]},
        )
    ],
    "events": [{"EndpointId": "abc123.456test"}, {"EndpointId": "not valid"}],
    "kinesis": [
        {"StreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "OperationType": operation}
        for operation in ("control", "data")
    ]
    + [{"ConsumerARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1", "OperationType": "data"}],
    "sts": [{"UseGlobalEndpoint": True}],
}


@pytest.fixture(scope="module")
def loader():
    return botocore.session.get_session().get_component("data_loader")


def ours(answer):
    if "error" in answer:
        return "refused"
    return answer["url"], sorted(map(tuple, answer["headers"])), [scheme(found) for found in answer["authSchemes"]]


def theirs(provider, parameters):
    try:
        found = provider.resolve_endpoint(**parameters)
    except EndpointProviderError:
        return "refused"
    headers = sorted((name, value) for name, values in found.headers.items() for value in values)
    return found.url, headers, [scheme(one) for one in found.properties.get("authSchemes", [])]


def scheme(found):
    return (
        found["name"],
        found.get("signingName"),
        found.get("signingRegion"),
        bool(found.get("disableDoubleEncoding")),
    )


def test_every_rule_set_resolves_as_in_botocore(driver, loader):
    partitions = loader.load_data("partitions")
    driver.ask("partitions", partitions=partitions)
    services = compared = refused = 0
    for service in loader.list_available_services("endpoint-rule-set-1"):
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        driver.ask("rules", service=service, rules=rules)
        provider = EndpointProvider(rules, partitions)
        known = rules["parameters"]
        combined = itertools.product(REGIONS, FLAGS, ENDPOINTS, [{}] + INPUTS.get(service, []))
        many = [
            {name: value for name, value in given.items() if name in known and value is not None}
            for region, flags, endpoint, extra in combined
            for given in [{"Region": region, "Endpoint": endpoint} | flags | extra]
        ]
        answers = driver.ask("endpoints", service=service, parameters=many)
        for parameters, answer in zip(many, answers, strict=True):
            expected = theirs(provider, parameters)
            assert ours(answer) == expected, (service, parameters)
            compared += 1
            refused += expected == "refused"
        services += 1
    print(f"{services} services, {compared} endpoints compared, {refused} of them refused by both")
    assert services > 400 and compared > refused > 0
