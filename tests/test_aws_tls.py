"""TLS of outgoing calls: a certificate that is trusted, one that is not, and a tunnel through a proxy."""

import contextlib
import http.server
import socket
import ssl
import threading

import botocore.session
import pytest

import aws_driver
import certificates

KEYS = {"key": "AKIAIOSFODNN7EXAMPLE", "secret": "secret", "region": "us-east-1"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1 and far.example: the path of it together with its key."""
    made = certificates.made("127.0.0.1", "far.example")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(made.key + made.certificate)
    return path


class Hello(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.connections.add(self.client_address)
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


@pytest.fixture
def secure(certificate):
    """An HTTPS server that says hello; it remembers the connections that asked."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    server.connections = set()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def port(server):
    return server.server_address[1]


def call(driver):
    return driver.ask("send", service="sts", serviceId="STS", method="POST", url="/", body="{}", headers=[], **KEYS)


def driver_of(path, url, **variables):
    loader = botocore.session.get_session().get_component("data_loader")
    driver = aws_driver.Driver(path, {"AWS_ENDPOINT_URL": url} | variables)
    driver.ask("partitions", partitions=loader.load_data("partitions"))
    driver.ask("rules", service="sts", rules=loader.load_service_model("sts", "endpoint-rule-set-1"))
    return driver


def test_a_bundle_of_ones_own_is_trusted_and_the_connection_kept(driver_path, secure, certificate):
    url = f"https://127.0.0.1:{port(secure)}"
    with driver_of(driver_path, url, AWS_CA_BUNDLE=str(certificate)) as driver:
        for _ in range(3):
            assert call(driver) == {"status": 200, "body": "hello", "attempts": 1}
    assert len(secure.connections) == 1


def test_an_unknown_certificate_is_a_call_not_sent(driver_path, secure, certificate):
    with driver_of(driver_path, f"https://127.0.0.1:{port(secure)}") as driver:
        answer = call(driver)
    assert answer["outcome"] == "NotSent" and "no trusted connection" in answer["error"], answer
    # The name counts as well as the chain.
    with driver_of(driver_path, f"https://localhost:{port(secure)}", AWS_CA_BUNDLE=str(certificate)) as driver:
        answer = call(driver)
    assert answer["outcome"] == "NotSent" and "no trusted connection" in answer["error"], answer
    assert not secure.connections


def pipe(one, other):
    # Either side may hang up at any time: that ends the tunnel.
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def test_a_tunnel_through_a_proxy_leads_to_the_server(driver_path, secure, certificate):
    """The proxy connects to the server whatever name is asked for: the name is no loopback one."""
    asked = []
    listener = socket.create_server(("127.0.0.1", 0))

    def tunnel():
        client, _ = listener.accept()
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        asked.append(head.decode().splitlines()[0])
        server = socket.create_connection(("127.0.0.1", port(secure)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pipe, args=(server, client), daemon=True).start()
        pipe(client, server)

    threading.Thread(target=tunnel, daemon=True).start()
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with driver_of(driver_path, "https://far.example", HTTPS_PROXY=proxy, AWS_CA_BUNDLE=str(certificate)) as driver:
        answer = call(driver)
    listener.close()
    assert answer == {"status": 200, "body": "hello", "attempts": 1}
    assert asked[0] == "CONNECT far.example:443 HTTP/1.1"
