"""Where a message may go: into no network but the public one, however the address is written."""

import socket

import pytest

from raters.services import posting
from raters.services.posting import (
    AddressRefused,
    NotDelivered,
    is_public,
    message_post,
    signature,
    url_check,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = {"secret": SECRET, "code": "msg_1", "body": b"{}", "timestamp": 1}


def test_the_signature_is_that_of_the_standard():
    """The example of the Standard Webhooks specification."""
    body = b'{"test": 2432232314}'
    made = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12::1", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
        "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_an_address_that_is_not_anybodys_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111"])
def test_a_public_address_is_taken(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "//example.org", "ftp://example.org/", "http://example.org/",
        "file:///etc/passwd",
        "https://user@example.org/", "https://:secret@example.org/", "https://example.org:99999/",
        "https://[::1/", "https://example.org/ a", "https://exämple.org/", "https://example.org/#a",
        "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_what_is_no_address_to_send_to_is_refused_with_a_sentence(url):
    with pytest.raises(AddressRefused, match=r"\.$"):
        url_check(url)


def names(monkeypatch, *answers: list[str]) -> list[tuple[str, int]]:
    """Let a name resolve to each of these in turn; what was then connected to."""
    reached, turns = [], iter(answers)
    monkeypatch.setattr(
        posting.socket,
        "getaddrinfo",
        lambda host, port, **_: [(0, 0, 0, "", (each, port)) for each in next(turns)],
    )

    def connect(address, timeout):
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(posting.socket, "create_connection", connect)
    return reached


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["::1"]]
)
def test_a_name_that_stands_for_any_private_address_is_never_connected_to(monkeypatch, addresses):
    reached = names(monkeypatch, addresses)
    with pytest.raises(AddressRefused, match="private, loopback or reserved"):
        message_post(url="https://rebound.example/", **MESSAGE)
    assert reached == []


def test_a_name_is_resolved_once_a_connect_and_the_address_looked_at_is_the_one_connected_to(
    monkeypatch,
):
    """Were it asked twice, the second answer would be the private one."""
    reached = names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(NotDelivered):
        message_post(url="https://rebound.example/", **MESSAGE)
    assert reached == [("8.8.8.8", 443)]
    with pytest.raises(AddressRefused):
        message_post(url="https://rebound.example/", **MESSAGE)
    assert reached == [("8.8.8.8", 443)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_loopback_by_any_name_is_refused(host):
    with pytest.raises((AddressRefused, NotDelivered)):
        message_post(url=f"https://{host}/", **MESSAGE)


def test_a_server_that_says_nothing_is_given_up_after_a_while(monkeypatch, settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NotDelivered, match="did not answer"):
            message_post(url=f"http://127.0.0.1:{silent.getsockname()[1]}/", **MESSAGE)
