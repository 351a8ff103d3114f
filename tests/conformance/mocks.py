"""Where the services of a run answer otherwise than AWS's, so that only Step Functions is judged.

Each entry names one thing that a mock does on its own; everything else of an answer is compared as it is.
INVARIANT: nothing here touches a value that Stairway decides.
"""

# Members that moto's answers have although nobody asked for them, and those that they lack.
UNASKED = {"ConsumedCapacity"}
LACKING = {"ChecksumType", "account"}
# Members that moto fills otherwise: its notifications are signed as version 2.
OTHERWISE = {"SignatureVersion"}
# Headers that moto adds to its answers.
ADDED = {
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "server",
    "vary",
}
# Headers that AWS's services send and moto does not, or with a value of its own.
AWS_ONLY = {"connection", "server", "x-amz-crc32"}


def headers_as_aws(recorded, real):
    """The headers of a service's answer as they would be had AWS sent them.

    - A name is spelled as AWS's service spells it: names of headers are the same in any case, and AWS has
      `connection` from SQS and `Connection` from Lambda.
    - What only the mock sends is dropped; what only AWS sends is filled in.
    - The length of a body is that of AWS's, where both tell one: names of resources, and moto's XML, are longer.
      A Lambda function answers with its very payload: there the length stays.
    """
    spelled = {name.lower(): name for name in recorded}
    lengths_vary = "x-amz-executed-version" not in spelled
    told = {}
    for name, value in real.items():
        low = name.lower()
        if low in AWS_ONLY or (low in ADDED and low not in spelled):
            continue
        name = spelled.get(low, name)
        told[name] = recorded[name] if low == "content-length" and lengths_vary and name in recorded else value
    for name, value in recorded.items():
        if name.lower() in AWS_ONLY:
            told[name] = value
    return told


def without_mocks(recorded, real):
    """Two objects of answers, recorded and real, without what the mocks do on their own."""
    real = {key: value for key, value in real.items() if key not in UNASKED - recorded.keys()}
    left_out = (LACKING - real.keys()) | OTHERWISE
    recorded = {key: value for key, value in recorded.items() if key not in left_out}
    real = {key: value for key, value in real.items() if key not in OTHERWISE}
    for key in ("HttpHeaders", "AllHttpHeaders"):
        if isinstance(recorded.get(key), dict) and isinstance(real.get(key), dict):
            real[key] = headers_as_aws(recorded[key], real[key])
    return recorded, real
