"""What the key of a value says about the value: that it is a secret, a phone number, an id, a version."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from tracetui.redaction.rules import MARK

About: TypeAlias = Literal["", "secret", "phone", "ssn", "card", "id", "version", "key"]
"""`key` is said of keys themselves."""

_EXACT: dict[str, About] = {
    **dict.fromkeys(
        (
            "authorization", "proxyauthorization", "pwd", "passwd", "passphrase", "secret", "cookie", "setcookie", "privatekey",
            "privatekeyid", "sessiontoken", "idtoken", "accountkey", "connectionstring", "sshkey", "signingkey", "encryptionkey",
        ),
        "secret",
    ),
    **dict.fromkeys(("mobile", "mobilenumber", "cell", "cellphone", "tel", "telephone", "fax", "whatsapp"), "phone"),
    **dict.fromkeys(("ssn", "socialsecuritynumber", "socialsecurity"), "ssn"),
    **dict.fromkeys(("cvv", "cvc", "cvv2", "cardnumber", "ccnumber", "creditcard", "creditcardnumber"), "card"),
    **dict.fromkeys(
        (
            "id", "traceid", "spanid", "parentid", "parentspanid", "runid", "parentrunid", "sessionid", "callid",
            "toolcallid", "responseid", "requestid", "messageid", "dottedorder", "fingerprint", "timestamp", "sha256", "hash",
        ),
        "id",
    ),
    **dict.fromkeys(("release", "useragent", "engine"), "version"),
}  # fmt: skip
_ENDS: tuple[tuple[str, About], ...] = (
    ("apikey", "secret"), ("secretkey", "secret"), ("accesskey", "secret"), ("clientsecret", "secret"), ("password", "secret"),
    ("apisecret", "secret"), ("accesstoken", "secret"), ("refreshtoken", "secret"), ("authtoken", "secret"),
    ("apitoken", "secret"), ("bearertoken", "secret"), ("subscriptionkey", "secret"), ("sessiontoken", "secret"),
    ("phone", "phone"), ("phonenumber", "phone"), ("version", "version"), ("unixnano", "id"), ("timens", "id"), ("traceid", "id"),
    ("spanid", "id"),
)  # fmt: skip
_SIGNS = re.compile(r"[^a-z0-9]+")


@lru_cache(4096)
def about(key: str) -> About:
    """What a key says. Of a dotted key the last name counts, however it is written: `apiKey`, `api_key`, `API-KEY`."""
    if len(key) > 128 or MARK.search(key):
        return ""  # a key that became `[API_KEY]` names no key of an API
    name = _SIGNS.sub("", key.rpartition(".")[2].lower())
    if name in _EXACT:
        return _EXACT[name]
    return next((told for end, told in _ENDS if name.endswith(end)), "")
