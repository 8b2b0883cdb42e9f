"""What the rules find in text, and what they leave alone."""

from __future__ import annotations

import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.config import Config
from tracetui.redaction import make_redactor
from tracetui.redaction.numbers import IBAN_LENGTHS, is_card, is_iban, passes_luhn
from tracetui.redaction.people import is_ssn

FOUND = [
    ("write to alice.b+news@mail.example.co.uk today", "write to [EMAIL] today"),
    ("<mailto:bob@example.com>, (carol@example.org).", "<mailto:[EMAIL]>, ([EMAIL])."),
    ("https://x.test/?q=1&email=dave%40example.com", "https://x.test/?q=1&email=[EMAIL]"),
    ("erin@sub.example.com;frank@example.com", "[EMAIL];[EMAIL]"),
    ("jörg.müller@example.de", "[EMAIL]"),
    ("+1 415-555-2671", "[PHONE]"),
    ("+14155552671,", "[PHONE],"),
    ("(415) 555-2671 / 415-555-2671 / 415.555.2671", "[PHONE] / [PHONE] / [PHONE]"),
    ("1-800-555-0199", "[PHONE]"),
    ("+44 20 7946 0958", "[PHONE]"),
    ("+44 (0)20 7946 0958", "[PHONE]"),
    ("+33 1 23 45 67 89 or +49-30-1234567", "[PHONE] or [PHONE]"),
    ("+44 20 7946 0958 2024 was", "[PHONE] 2024 was"),
    ("Phone: 5551234", "Phone: [PHONE]"),
    ("tel:0301234567", "tel:[PHONE]"),
    ("card 4111 1111 1111 1111 12/28", "card [CARD] 12/28"),
    ("4111111111111111", "[CARD]"),
    ("4111-1111-1111-1111", "[CARD]"),
    ("3782 822463 10005", "[CARD]"),
    ("5555555555554444 6011111111111117 3530111333300000 30569309025904", "[CARD] [CARD] [CARD] [CARD]"),
    ("IBAN DE89 3704 0044 0532 0130 00 IS MINE", "IBAN [IBAN] IS MINE"),
    ("GB82WEST12345698765432", "[IBAN]"),
    ("NO93 8601 1117 947", "[IBAN]"),
    ("ssn 123-45-6789.", "ssn [SSN]."),
    ("SSN: 123456789", "SSN: [SSN]"),
    ("from 192.168.1.24:8080", "from [IP]:8080"),
    ("http://10.20.30.40/x 203.0.113.77, 172.16.0.0/12", "http://[IP]/x [IP], [IP]/12"),
    ("2001:db8::ff00:42:8329 and fe80::1%eth0", "[IP] and [IP]%eth0"),
    ("[2001:db8:0:0:0:ff00:42:8329]:443", "[[IP]]:443"),
    ("postgres://app:p4ss@db.example.com/x", "postgres://[SECRET]@db.example.com/x"),
    ("Authorization: Bearer abc.def-1234567890", "Authorization: Bearer [TOKEN]"),
    ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [TOKEN]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "[TOKEN]"),
    ("password: hunter2", "password: [SECRET]"),
    ("MISTRAL_API_KEY=aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY", "MISTRAL_API_KEY=[API_KEY]"),
    ("CO_API_KEY='aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xYaB3dE5fG'", "CO_API_KEY='[API_KEY]'"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = [API_KEY]"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE+/=\n-----END RSA PRIVATE KEY-----\nafter", "[PRIVATE_KEY]\nafter"),
    ("-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n", "[PRIVATE_KEY]\\n"),
    ('in text {"card": 4111111111111111, "n": 1} it stays JSON', 'in text {"card": "[CARD]", "n": 1} it stays JSON'),
    ("an escape of JSON\\nalice@example.com\\n4111111111111111", "an escape of JSON\\n[EMAIL]\\n[CARD]"),
]

_RANDOM = random.Random(7)


def _drawn(length: int, letters: str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") -> str:
    return "".join(_RANDOM.choice(letters) for _ in range(length - 1)) + "7"


KEYS = {
    "OpenAI": "sk-" + _drawn(48), "OpenAI project": "sk-proj-" + _drawn(70) + "_-" + _drawn(70), "OpenAI service": "sk-svcacct-" + _drawn(60),
    "OpenAI admin": "sk-admin-" + _drawn(60), "Anthropic": "sk-ant-api03-" + _drawn(90) + "-" + _drawn(4), "OpenRouter": "sk-or-v1-" + _drawn(64, "0123456789abcdef"),
    "DeepSeek": "sk-" + _drawn(32, "0123456789abcdef"), "Google": "AIza" + _drawn(35), "Google OAuth": "ya29." + _drawn(60), "Hugging Face": "hf_" + _drawn(34),
    "Groq": "gsk_" + _drawn(52), "xAI": "xai-" + _drawn(80), "Replicate": "r8_" + _drawn(37), "Perplexity": "pplx-" + _drawn(48), "NVIDIA": "nvapi-" + _drawn(64),
    "LangSmith": "lsv2_pt_" + _drawn(32, "0123456789abcdef") + "_" + _drawn(10, "0123456789abcdef"), "Langfuse secret": f"sk-lf-{uuid.UUID(int=5)}",
    "Langfuse public": f"pk-lf-{uuid.UUID(int=5)}", "AWS": "AKIA" + _drawn(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), "AWS session": "ASIA" + _drawn(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "Azure OpenAI": _drawn(52) + "JQQJ99" + _drawn(26), "Azure client": _drawn(3) + "8Q~" + _drawn(34), "GitHub": "ghp_" + _drawn(36),
    "GitHub fine": "github_pat_" + _drawn(22) + "_" + _drawn(59), "GitLab": "glpat-" + _drawn(20), "Slack": "xoxb-" + "123456789012-" + _drawn(24),
    "Stripe": "sk_live_" + _drawn(24), "SendGrid": "SG." + _drawn(22) + "." + _drawn(43), "Telegram": "123456789:AA" + _drawn(33), "npm": "npm_" + _drawn(36),
}  # fmt: skip

LEFT = [
    "1,234 prompt tokens, 98765 completion tokens, 1111111111 in all",
    "2026-11-20T10:02:11.123456Z 1700000000 1700000000123 1700000000123456 1700000000123456789",
    "550e8400-e29b-41d4-a716-446655440000 41111111-1111-4111-8111-411111111111",
    "d41d8cd98f00b204e9800998ecf8427e e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "v1.2.3.4 version 10.2.3.44 Chrome/120.0.10.22 numpy==1.22.3.4 lib-1.10.3.4 1.2.3.4 section 12.4.5.6 10.1.2.3-beta",
    "127.0.0.1:4318 0.0.0.0 255.255.255.0 8.8.8.8 ::1 10:20:30 std::vector f64::MAX a::b Foo::Bar",
    "[0.0123, -0.4155552671, 12.5e+10, 4.111111111111111, 0.4111111111111111, 415.555, 267.1]",
    "[415 555 2671 4521 1234 3345 2345 1111]",
    "4111 1111 1111 1112 and 4111111111111112",
    "order 20241234567890 account 12345678901234567890",
    "+0530 UTC+05:30 +100 points 1e+1000000000",
    "icon@2x.png git@github.com:org/repo.git @app.route('/x') pkg@1.2.3 claude-opus@20251101 a @ b user@localhost",
    "sk-estimator-doc-link-arrow sk-short task-12345678901234567890 disk-usage-12345678901234567890",
    "api_key=os.environ['OPENAI_API_KEY'] token: string password: required key=value max_tokens=4096",
    "Basic understanding of bearer authentication-mechanisms",
    "2024-01-15 15-01-2024 12/31/2024 1-2-3 100-200-3000 9.99-19.99",
    "DE12 3456 7890 1234 5678 90 GB00WEST12345698765432 ABCD1234EFGH5678IJKL",
    "000-12-3456 666-12-3456 900-12-3456 123-00-4567 2024-123-45-6789",
    "iPhone 15 costs 1200 2400",
    "data:image/png;base64,iVBORw0KGgo+4111111111111111/AKIAIOSFODNN7EXAMPLE==",
]  # fmt: skip


def redacted(text: str) -> str:
    return make_redactor(Config()).redact(text)


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_personal_data_and_secrets_are_marked(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("around", ["{}", "use {} please", 'key = "{}"', "\\n{}\\n", "X={},"])
def test_a_key_of_a_provider_is_marked_whatever_stands_around_it(key: str, around: str) -> None:
    assert redacted(around.format(key)) == around.format("[API_KEY]")


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(("text", "expected"), [*FOUND, *((text, text) for text in LEFT)])
def test_redacting_twice_is_redacting_once(text: str, expected: str) -> None:
    assert redacted(expected) == expected


@given(
    st.lists(
        st.sampled_from([*(text for text, _ in FOUND), *LEFT, " ", "\n", "1", "-", "a", "@", ".", "+", '"', ":"]),
        max_size=6,
    )
)
def test_pieces_in_any_neighbourhood_are_stable_after_one_pass(pieces: list[str]) -> None:
    once = redacted("".join(pieces))
    assert redacted(once) == once


@given(st.text(alphabet='0123456789abAB .-+()@:/[]_=\\"n', max_size=80))
def test_any_text_is_stable_after_one_pass(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(st.lists(st.floats(allow_nan=False, width=32), max_size=40))
def test_lists_of_floats_are_left_alone(values: list[float]) -> None:
    assert redacted(f"{values}") == f"{values}"
    assert redacted(" ".join(map(str, values))) == " ".join(map(str, values))


@given(st.uuids(), st.integers(1_000_000_000, 1_999_999_999), st.binary(min_size=16, max_size=32))
def test_ids_times_and_hashes_are_left_alone(identity: uuid.UUID, seconds: int, digest: bytes) -> None:
    text = f"{identity} {seconds} {seconds}000 {seconds}000000000 a{digest.hex()}"
    assert redacted(text) == text


@given(st.integers(0, 10**14 - 1))
def test_a_number_of_a_card_is_known_by_its_check(number: int) -> None:
    digits = f"4{number:014d}"
    last = next(str(check) for check in range(10) if passes_luhn(f"{digits}{check}"))
    assert is_card(digits + last)
    assert not is_card(digits + str((int(last) + 1) % 10))


@pytest.mark.parametrize("country", sorted(IBAN_LENGTHS))
def test_an_iban_of_every_country_is_known_by_its_check(country: str) -> None:
    account = "1" * (IBAN_LENGTHS[country] - 4)
    check = next(f"{number:02d}" for number in range(2, 99) if is_iban(f"{country}{number:02d}{account}"))
    assert redacted(f"to {country}{check}{account}.") == "to [IBAN]."
    assert not is_iban(f"{country}{(int(check) + 1) % 100:02d}{account}")


def test_areas_that_are_never_given_are_no_social_security_numbers() -> None:
    assert is_ssn("123-45-6789")
    assert not any(
        map(is_ssn, ("000-45-6789", "666-45-6789", "901-45-6789", "123-00-6789", "123-45-0000", "123-45-678"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "eyJ" * 20_000,
        "@a." * 20_000,
        "-----BEGIN PRIVATE KEY-----" * 3_000,
        "a." * 40_000,
        "1" * 80_000,
        "::1" * 20_000,
        "://a" * 20_000,
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length_asks_for(text: str) -> None:
    redacted(text)  # a search that goes back and forth would not end
